"""Pipelines of spaCy, trained for two steps, as folders and as bytes."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("spacy",)

TEXTS = (
    ("Anna lives in Paris", [(0, 4, "PERSON"), (14, 19, "PLACE")]),
    ("Ben works in Rome", [(0, 3, "PERSON"), (13, 17, "PLACE")]),
)


def build(folder: Path) -> None:
    """A recogniser of names, a classifier, rules, and the documents that they were trained with."""
    import spacy
    from spacy.tokens import DocBin
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    for component in ("ner", "textcat", "tagger", "spancat"):
        language = spacy.blank("en")
        language.add_pipe(component)
        examples = []
        for text, entities in TEXTS:
            doc = language.make_doc(text)
            told = {
                "entities": entities,
                "cats": {"A": 1.0, "B": 0.0},
                "tags": ["X"] * len(doc),
                "spans": {"sc": entities},
            }
            examples.append(Example.from_dict(doc, told))
        optimiser = language.initialize(lambda examples=examples: examples)
        for _ in range(2):
            language.update(examples, sgd=optimiser)
        language.to_disk(folder / component)
    rules = spacy.blank("de")
    rules.add_pipe("sentencizer")
    rules.add_pipe("entity_ruler").add_patterns([{"label": "PLACE", "pattern": [{"LOWER": "rom"}]}])
    rules.to_disk(folder / "rules")
    (folder / "rules.msgpack").write_bytes(rules.to_bytes())
    DocBin(docs=[language.make_doc(text) for text, _ in TEXTS], store_user_data=True).to_disk(folder / "train.spacy")
