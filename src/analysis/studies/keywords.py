"""Open answers coded by keywords: synonyms of several languages count as one concept, and each answer once."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.catalogue.questionnaire import LANGUAGE, Keyword, Questionnaire
from analysis.studies.responses import Row


@dataclass(frozen=True)
class Coded:
    """How many answers to one question name a concept, in all and by the language of the respondent."""

    concept: str
    count: int
    by_language: dict[str, int]


@dataclass(frozen=True)
class Coding:
    """The coding of an open question: the answers, those without any concept, the concepts, most frequent first."""

    question: str
    answers: int
    uncoded: int
    concepts: tuple[Coded, ...]


def code_answers(rows: Sequence[Row], questionnaire: Questionnaire, question: str) -> Coding:
    """Count the concepts that are looked for in the answers to `question`.

    Parameters
    ----------
    rows
        From `read_responses`.
    question
        Number of an open question; all its columns are read.

    Notes
    -----
    An answer names a concept if one of its words, in any language, stands in it as a word or, where the word ends with
    an asterisk, as the beginning of one. Words for the opposite are not seen: "no housing" names housing.
    """
    fields = [field.name for field in questionnaire.fields() if field.question.id == question]
    concepts = [keyword for keyword in questionnaire.keywords.values() if question in keyword.questions]
    answers = [(row[LANGUAGE][0], " ".join(text)) for row in rows for name in fields if (text := row[name])]
    named = [(lang, concepts_in(text, concepts)) for lang, text in answers]
    coded = []
    for keyword in concepts:
        languages = [lang for lang, found in named if keyword.id in found]
        coded.append(
            Coded(keyword.id, len(languages), {lang: languages.count(lang) for lang in sorted(set(languages))})
        )
    order = sorted(coded, key=lambda one: -one.count)
    return Coding(question, len(answers), sum(not found for _, found in named), tuple(order))


def concepts_in(text: str, concepts: Sequence[Keyword]) -> set[str]:
    """The ids of the concepts that `text` names."""
    plain = f" {normalised(text)} "
    return {
        keyword.id
        for keyword in concepts
        if any(_pattern(word).search(plain) for words in keyword.words.values() for word in words)
    }


def normalised(text: str) -> str:
    """Case folded, without accents; hyphens, apostrophes and punctuation become spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", bare).split())


def _pattern(word: str) -> re.Pattern[str]:
    stem = re.escape(normalised(word.removesuffix("*")))
    return re.compile(rf"(?<= ){stem}" + (r"" if word.endswith("*") else r"(?= )"))
