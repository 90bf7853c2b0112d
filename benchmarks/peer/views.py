"""The peers: a ModelSerializer with many=True and bulk_create, and a plain generic detail view."""

from typing import Any

from django.utils import timezone
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.generics import RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from benchmarks.peer.models import COLUMNS, Twin


class TwinSerializer(ModelSerializer[Twin]):
    class Meta:
        model = Twin
        exclude = ["tenant"]
        validators: list[Any] = []


class Authenticated(OAuth2Authentication):
    """A client-credentials token has no user; the client stands in for one, as such projects do."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        return (found[1].application, found[1]) if found else None


class HasClient(IsAuthenticated):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is not None


class BulkTwins(APIView):
    """An upsert of many rows, as most projects write it."""

    authentication_classes = [Authenticated]
    permission_classes = [HasClient]

    def post(self, request: Request) -> Response:
        serializer = TwinSerializer(data=request.data["customers"], many=True)
        serializer.is_valid(raise_exception=True)
        now = timezone.now()
        tenant = request.auth.application.tenant
        twins = [Twin(tenant=tenant, created_at=now, modified_at=now, **row) for row in serializer.validated_data]
        Twin.objects.bulk_create(
            twins,
            update_conflicts=True,
            unique_fields=["tenant", "source_id", "source"],
            update_fields=[name for name in COLUMNS if name not in {"tenant_id", "source", "source_id", "created_at"}],
        )
        return Response({"data": [{"id": twin.pk, "key": twin.source_id, "success": True} for twin in twins]})


class GetTwin(RetrieveAPIView[Twin]):
    """One record by its key: ModelSerializer, token by the ORM."""

    authentication_classes = [Authenticated]
    permission_classes = [HasClient]
    serializer_class = TwinSerializer

    def get_object(self) -> Twin:
        return Twin.objects.select_related("tenant").get(
            tenant=self.request.auth.application.tenant,
            source=self.kwargs["source"],
            source_id=self.kwargs["source_id"],
        )
