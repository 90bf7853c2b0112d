"""Text that breaks what handles text carelessly. All of it invented here; each entry says what it is after.

``KEPT`` must come back byte for byte from every text field. ``REFUSED`` holds what no text may hold: control
characters, which COPY, JSON and terminals read as commands, and lone surrogates, which no UTF-8 can carry.
"""

# ruff: noqa: RUF001  (letters that look like others are the point)

KEPT = {
    "accents": "Ælfgyð Ñandú Çağrı Łęcka",
    "apostrophes": 'O\'Neill-D’Arcy `back` "double"',
    "arabic, right to left": "مرحبا بالعالم",
    "astral letters": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐷",
    "backslash at the end": "C:\\shops\\",
    "backslashes": "\\\\server\\share\\new\\table",
    "blanks around": "  padded  ",
    "byte order mark": "\ufeffmarked",
    "combining marks only": "\u0301\u0308",
    "combining marks piled up": "Z\u0351\u036b\u0343a\u0328\u0322l\u0334g\u0353o\u0321",
    "comma and quote of a CSV": 'a,"b",c;d',
    "COPY end of data": "\\.",
    "COPY escapes": "\\t\\n\\r\\b\\x41\\101",
    "COPY null": "\\N",
    "dollar quoting": "$$; DROP TABLE customers; --$$",
    "emoji family": "👩‍👩‍👧‍👦 👍🏽 🇳🇱",
    "format of Python": "%s %(name)s {} {0.__class__} {{",
    "format of shells": "${HOME} $(id) `id` %PATH%",
    "formula": '=HYPERLINK("http://example.com")',
    "full width": "ｆｕｌｌ　ｗｉｄｔｈ １２３",
    "hebrew mixed with latin": "abc עברית 123",
    "invisible": "a\u200bb\u200cc\u200dd\u2060e\u00ad",
    "json": '{"a": [null, "\\u0000"]}',
    "kelvin and dotless i": "Kıİſ",
    "last characters": "\uffff\U0010ffff",
    "ligatures": "ﬁ ﬀ ß Ǆ",
    "line and paragraph separators": "a\u2028b\u2029c",
    "markup": "<script>alert(1)</script><!-- &amp; -->",
    "no break space": "a\u00a0b\u202fc",
    "non-characters": "\ufdd0\ufffe",
    "null as a word": "NULL null None undefined NaN",
    "numbers as text": "007 1e309 -0 0x1F ١٢٣",
    "only a blank": " ",
    "only a no break space": "\u00a0",
    "percent encoding": "%00%0a%2F%252F",
    "private use": "\ue000\U000f0000",
    "replacement": "\ufffd",
    "right to left override": "\u202etxet\u202c",
    "sql": "Robert'); DROP TABLE customers_customer;--",
    "sql pattern": "100%_sure\\_",
    "superscripts": "x² ½ ⅷ ℌ",
    "template": "{{ 7*7 }} {% now %} #{1}",
    "thai and tamil": "สวัสดี தமிழ்",
    "tilde and null as in xml": "]]>&#0;",
    "turkish": "İstanbul ılık",
    "variation selectors": "☎\ufe0e ☎\ufe0f",
    "zero width joiner first": "\u200da",
    "zero as text": "0",
}

REFUSED = {
    "bell": "a\x07b",
    "carriage return": "a\rb",
    "delete": "a\x7fb",
    "escape": "\x1b[31mred",
    "form feed": "a\x0cb",
    "lone high surrogate": "a\ud83d",
    "lone low surrogate": "\ude00b",
    "next line": "a\x85b",
    "null byte": "a\x00b",
    "null byte alone": "\x00",
    "pair of surrogates the wrong way round": "\ude00\ud83d",
    "separator of the engine's arrays": "a\x1fb",
    "vertical tab": "a\x0bb",
}

KEPT_IN_NOTES = {"line feed": "a\nb", "tab": "a\tb", "tabs and line feeds": "\t\n\t\n"}
"""What notes keep and every other text refuses."""
