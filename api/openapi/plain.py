"""The operations beside the resources: getting a token, and this document."""

from typing import ClassVar

from rest_framework.views import APIView

from api.openapi.headers import DOCUMENT_ETAG, OF_STATUS
from api.openapi.inspector import OperationSchema
from api.openapi.operations import Answer, Body, Operation, Schema, example, header
from api.openapi.schemas import closed, integer, text
from api.views import Action

TAG = "Access"
FORM = "application/x-www-form-urlencoded"

_ERRORS = (
    (400, "invalid_request", "A field is missing, or asks for what is not given.", "The field grant_type is missing."),
    (401, "invalid_client", "The id and the secret do not fit.", "The credentials are wrong."),
    (429, "slow_down", "Too many failures.", "Too many failures. Try again in 240 seconds."),
    (503, "temporarily_unavailable", "The database is away for the moment.", "Try again in a moment."),
)
"""The refusals of a token: status, error, when, and what they say."""


class OpenSchema(OperationSchema):
    """Tells of what needs no token, and so has none of the answers of what does."""

    is_limited = False

    def completed(self, operation: Operation) -> Operation:
        return operation


class TokenSchema(OpenSchema):
    """Tells of the token endpoint (lookup API contract, section 1.1)."""

    def describe_issue(self) -> Operation:
        refused = self.component(
            "TokenError",
            closed(
                {
                    "error": text("What went wrong, in one word of RFC 6749."),
                    "error_description": text("The same in a sentence."),
                },
                optional=frozenset({"error_description"}),
                description="The error of a token request, as RFC 6749 has it.",
            ),
        )
        return Operation(
            id="issueToken",
            tag=TAG,
            summary="Get an access token",
            description="OAuth 2.0 client credentials (RFC 6749, section 4.4). Id and secret of the API client come in"
            " the form or as HTTP Basic. Ten failures within five minutes for one client id and address close the door"
            " for the rest of the five minutes.",
            body=Body(
                closed(
                    {
                        "grant_type": {"const": "client_credentials"},
                        "client_id": text("The id of the API client."),
                        "client_secret": text("Its secret."),
                        "scope": text(
                            "The scopes of the token, set apart by blanks. Without it: all that the client has."
                        ),
                    },
                    optional=frozenset({"client_id", "client_secret", "scope"}),
                ),
                (
                    example(
                        "form",
                        {"grant_type": "client_credentials", "client_id": "…", "client_secret": "…"},
                        "Every scope of the client",
                    ),
                ),
                media_type=FORM,
            ),
            answers=(
                Answer(
                    "The token.",
                    self.component(
                        "Token",
                        closed(
                            {
                                "access_token": text("Opaque: it means nothing but to us."),
                                "expires_in": integer("Seconds."),
                                "token_type": {"const": "Bearer"},
                                "scope": text("The scopes that the token has, set apart by blanks."),
                            }
                        ),
                    ),
                    (
                        example(
                            "token",
                            {
                                "access_token": "kY3nXh2Tq0cVd8mBf5sLw7RzUe1oGa",
                                "expires_in": 1800,
                                "token_type": "Bearer",
                                "scope": "customers:read customers:write",
                            },
                        ),
                    ),
                ),
                *(
                    Answer(
                        description,
                        refused,
                        (example(error, {"error": error, "error_description": told}, told),),
                        status,
                        headers=OF_STATUS.get(status, ()),
                    )
                    for status, error, description, told in _ERRORS
                ),
            ),
        )

    def get_auth(self) -> list[Schema]:
        told = "The id and the secret of the API client, in place of the two fields of the form."
        self._register("basic", "securitySchemes", {"type": "http", "scheme": "basic", "description": told})
        return [{}, {"basic": []}]


class DocumentSchema(OpenSchema):
    """Tells of the document itself."""

    def describe_document(self) -> Operation:
        return Operation(
            id="getOpenApi",
            tag=TAG,
            summary="Get this document",
            description="The description of the whole API in OpenAPI 3.1. No token is needed: it says nothing about"
            " anybody's data.",
            parameters=(
                header("If-None-Match", "The ETag of the document that you have: if it is still that, 304.", text()),
            ),
            answers=(
                Answer(
                    "The document.",
                    {
                        "type": "object",
                        "properties": {"openapi": {"type": "string"}, "paths": {"type": "object"}},
                        "required": ["openapi", "info", "paths", "components"],
                    },
                    (example("document", {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {}}, "In short"),),
                    headers=(DOCUMENT_ETAG,),
                ),
                Answer("It is the one that you have.", None, (), status=304, headers=(DOCUMENT_ETAG,)),
            ),
        )


class Plain(APIView):
    """Stands in the document for an endpoint that is no view of Django REST framework."""

    authentication_classes = []
    path: ClassVar[str]
    method: ClassVar[str]
    action: ClassVar[Action]


class Token(Plain):
    path, method, action = "/oauth2/token", "POST", Action("issue")
    schema = TokenSchema()


class Document(Plain):
    path, method, action = "{prefix}/openapi.json", "GET", Action("document")
    schema = DocumentSchema()


PLAIN: tuple[type[Plain], ...] = (Token, Document)
"""These, in the order of the document."""
