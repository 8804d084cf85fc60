"""What pySigma makes of Sigma rules, for comparison with exward's own engine.

Reads one JSON object on standard input: {"rules": [{"yaml": TEXT, "events": [{FIELD: TEXT, ...}]}]};
the field `_all_text` is what keywords are looked for in. Writes one JSON array, an object per rule:
{"sql": [BOOL, ...] or null, "tree": [BOOL, ...] or null, "sql_why": TEXT, "tree_why": TEXT}.

Two ways, independent of each other:
sql   pySigma's SQLite backend makes a query, which SQLite runs over a table of the events;
tree  pySigma parses rule and condition, and `holds` below walks what it parsed.
"""

import ipaddress
import json
import re
import sqlite3
import sys
from datetime import datetime

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCasedString,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
    TimestampPart,
)

TEXT = "_all_text"


def expression(value, anywhere):
    """A Sigma text as a regular expression of Python."""
    parts = []
    for part in value.s:
        if part == SpecialChars.WILDCARD_MULTI:
            parts.append(".*")
        elif part == SpecialChars.WILDCARD_SINGLE:
            parts.append(".")
        else:
            parts.append(re.escape(part))
    inner = "".join(parts)
    flags = re.DOTALL if isinstance(value, SigmaCasedString) else re.DOTALL | re.IGNORECASE
    return re.compile(f".*{inner}.*" if anywhere else inner, flags)


FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
    SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
    SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
}


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def compares(value, text):
    got, want = number(text), float(value.number.number)
    if got is None:
        return False
    return {
        CompareOperators.LT: got < want,
        CompareOperators.LTE: got <= want,
        CompareOperators.GT: got > want,
        CompareOperators.GTE: got >= want,
    }[value.op]


def within(value, text):
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(value.cidr)
    except ValueError:
        return False


def part_of_time(value, text):
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    got = {
        TimestampPart.MINUTE: at.minute,
        TimestampPart.HOUR: at.hour,
        TimestampPart.DAY: at.day,
        TimestampPart.WEEK: at.isocalendar().week,
        TimestampPart.MONTH: at.month,
        TimestampPart.YEAR: at.year,
    }[value.timestamp_part]
    return got == value.number


def refers(value, text, event):
    other = event.get(value.field)
    if other is None:
        return False
    text, other = text.lower(), other.lower()
    if value.starts_with and value.ends_with:
        return other in text
    if value.starts_with:
        return text.startswith(other)
    if value.ends_with:
        return text.endswith(other)
    return text == other


def matches(field, value, event):
    """Whether one value holds; `field` None is a keyword."""
    if isinstance(value, SigmaExpansion):
        return any(matches(field, it, event) for it in value.values)
    text = event.get(TEXT if field is None else field)
    if isinstance(value, SigmaNull):
        return text is None
    if isinstance(value, SigmaExists):
        return (text is not None) == value.exists
    if text is None:
        return False
    if isinstance(value, SigmaString):
        return expression(value, field is None).fullmatch(text) is not None
    if isinstance(value, SigmaRegularExpression):
        flags = 0
        for flag in value.flags:
            flags |= FLAGS[flag]
        return re.search(str(value.regexp), text, flags) is not None
    if isinstance(value, SigmaCIDRExpression):
        return within(value, text)
    if isinstance(value, SigmaCompareExpression):
        return compares(value, text)
    if isinstance(value, SigmaFieldReference):
        return refers(value, text, event)
    if isinstance(value, SigmaTimestampPart):
        return part_of_time(value, text)
    if isinstance(value, SigmaNumber):
        return str(value.number) in text if field is None else str(value.number) == text
    if isinstance(value, SigmaBool):
        return str(value.boolean).lower() == text.lower()
    raise TypeError(f"no way to look for {type(value).__name__}")


def holds(node, event):
    if isinstance(node, ConditionAND):
        return all(holds(it, event) for it in node.args)
    if isinstance(node, ConditionOR):
        return any(holds(it, event) for it in node.args)
    if isinstance(node, ConditionNOT):
        return not holds(node.args[0], event)
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return matches(node.field, node.value, event)
    if isinstance(node, ConditionValueExpression):
        return matches(None, node.value, event)
    raise TypeError(f"no way to walk {type(node).__name__}")


def leaves(node):
    if isinstance(node, (ConditionAND, ConditionOR, ConditionNOT)):
        for it in node.args:
            yield from leaves(it)
    else:
        yield node


def numeric_fields(conditions):
    """Columns that a rule compares with numbers: SQLite would compare texts otherwise."""
    found = set()
    for condition in conditions:
        for leaf in leaves(condition):
            if isinstance(leaf, ConditionFieldEqualsValueExpression):
                if isinstance(leaf.value, SigmaCompareExpression):
                    found.add(leaf.field.lower())
    return found


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def by_sql(rules, events):
    backend = sqliteBackend(collate_nocase=True, fulltext_field=TEXT)
    queries = backend.convert(rules)
    conditions = [it.parsed for it in rules.rules[0].detection.parsed_condition]
    numeric = numeric_fields(conditions)
    names = {}
    for name in [TEXT, *(backend.required_fields(rules.rules[0])), *(n for e in events for n in e)]:
        names.setdefault(name.lower(), name)
    with sqlite3.connect(":memory:") as base:
        base.create_function("REGEXP", 2, lambda regex, text: text is not None and re.search(regex, str(text)) is not None)
        columns = ", ".join(
            f"{quoted(name)} {'NUMERIC' if key in numeric else 'TEXT'}" for key, name in names.items()
        )
        base.execute(f"create table logs (_row integer primary key, {columns})")
        for row, event in enumerate(events):
            values = {key.lower(): value for key, value in event.items()}
            places = ", ".join("?" for _ in names)
            base.execute(
                f"insert into logs values (?, {places})", [row, *(values.get(key) for key in names)]
            )
        found = set()
        for query in queries:
            found |= {row[0] for row in base.execute(query.replace("SELECT *", "SELECT _row", 1))}
    return [row in found for row in range(len(events))]


def by_tree(rules, events):
    conditions = [it.parsed for it in rules.rules[0].detection.parsed_condition]
    return [any(holds(it, event) for it in conditions) for event in events]


def judged(rule):
    answer = {"sql": None, "tree": None, "sql_why": "", "tree_why": ""}
    for way, judge in (("sql", by_sql), ("tree", by_tree)):
        try:
            answer[way] = judge(SigmaCollection.from_yaml(rule["yaml"]), rule["events"])
        except Exception as err:  # whatever pySigma refuses is told, and judged by the caller
            answer[f"{way}_why"] = f"{type(err).__name__}: {err}"
    return answer


def main():
    given = json.load(sys.stdin)
    json.dump([judged(it) for it in given["rules"]], sys.stdout)


if __name__ == "__main__":
    main()
