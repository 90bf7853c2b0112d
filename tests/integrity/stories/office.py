"""What the back office does: delete several at once, and restore. And what everybody sees."""

from addresses.models import Address
from recyclebin.verbs import delete, restore
from tests.integrity.paper.things import KINDS
from tests.integrity.paper.things import Address as PaperAddress
from tests.integrity.paper.things import Record as PaperRecord
from tests.integrity.sent import Dice
from tests.integrity.stories.acts import Acts
from tests.integrity.stories.stored import MODELS


class OfficeActs(Acts):
    """The verbs of the recycle bin, called as the admin calls them; and lists and searches."""

    def delete_some(self, dice: Dice) -> None:
        live = [t for t in self.house.things() if t.live and isinstance(t, PaperRecord | PaperAddress)]
        if not live:
            return
        chosen = dice.few(live, 4)
        roots = [
            MODELS[kind].objects.filter(pk__in=[t.id for t in chosen if isinstance(t, PaperRecord) and t.kind == kind])
            for kind in MODELS
        ]
        roots.append(Address.objects.filter(pk__in=[t.id for t in chosen if isinstance(t, PaperAddress)]))
        told = delete(roots=roots, actor=self.staff)
        gone = self.house.delete(chosen)
        assert len(told.deletions) == len(gone)
        self.went(gone)

    def restore_some(self, dice: Dice) -> None:
        if not self.house.deletions:
            return
        wanted, with_owners = dice.few(self.house.deletions[-12:], 4), dice.once_in(2)
        told = restore(deletions=[self.ids[d] for d in wanted], actor=self.staff, with_owners=with_owners)
        skipped = {self.ids[deletion] for deletion in wanted if deletion.restored}
        back, stuck = self.house.restore(wanted, with_owners=with_owners)
        assert {deletion.pk for deletion in told.restored} == {self.ids[deletion] for deletion in back}
        assert {deletion.deletion for deletion in told.failed} == {self.ids[deletion] for deletion in stuck}
        assert {deletion.deletion for deletion in told.skipped} == skipped

    def look(self, dice: Dice) -> None:
        """The list shows what is live, whole; a search finds what the word is in."""
        kind = dice.choice(self.kinds)
        reply = self.http.get(f"/{kind}?offset=1000&expands=parent,addresses")
        live = sorted(self.house.of(kind, live=True), key=lambda record: record.id)
        assert reply.body["itemsFound"] == len(live)
        shape = KINDS[kind]
        for shown, record in zip(reply.data, live, strict=True):
            values = {name: record.values[column] for name, (column, _) in shape.members.items()}
            assert {name: shown[name] for name in values} == values
            assert (shown["id"], shown["source"], shown["sourceId"]) == (record.id, *record.pair)
            parent = record.parent if record.parent and record.parent.live else None
            assert (shown["parent"] or {}).get("id") == (parent.id if parent else None)
            if shape.addresses:
                found = [(a["id"], a["type"], a["city"], a["isDefault"]) for a in shown["addresses"]]
                own = [a for a in record.addresses if a.live]
                assert sorted(found) == sorted((a.id, a.type, a.city, "NY"[a.is_default]) for a in own)
        word = dice.choice(["anna", "bert", "angstrom 7", "borne", "cuijk", "k1"])
        reply = self.http.post(f"/{kind}/search", {"query": word, "offset": 1000})
        assert [shown["id"] for shown in reply.data] == [record.id for record in live if _mentions(record, word)]


def _mentions(record: PaperRecord, word: str) -> bool:
    """Whether every part is in a searched text of the record, or in a city of its live addresses."""
    searched = [record.values.get(name, "") for name in ("last_name", "name", "email", "company")]
    texts = [*searched, record.pair[1], *(address.city for address in record.addresses if address.live)]
    folded = [text.lower().replace("å", "a").replace("ö", "o") for text in texts]
    return all(
        any(part in text if len(part) > 2 else f" {part}" in f" {text}" for text in folded) for part in word.split()
    )
