"""The frame of a report page: one file, no scripts, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

#: How many line colours there are; further lines use them again, dashed.
COLOURS = 6

_SPACE = "\N{NO-BREAK SPACE}"

_STYLE = """
:root { color-scheme: light dark;
  --ground:#fbfaf8; --card:#fff; --ink:#1d2126; --soft:#5b636d; --faint:#8b929b; --rule:#e3e1dc;
  --grid:#eceae5; --good:#1f7a55; --bad:#b4462e;
  --c1:#2b6cb0; --c2:#c05a1c; --c3:#23856b; --c4:#8650a5; --c5:#b23a5e; --c6:#857324;
  --mated:#23856b; --unmated:#c05a1c; }
@media (prefers-color-scheme: dark) { :root {
  --ground:#14171a; --card:#1b1f23; --ink:#e6e4df; --soft:#a6adb5; --faint:#7c848d; --rule:#2d3237;
  --grid:#272c31; --good:#5cc49a; --bad:#e58a70;
  --c1:#6ea8e6; --c2:#e8955c; --c3:#58c0a0; --c4:#bf92da; --c5:#e57f9e; --c6:#c9b560;
  --mated:#58c0a0; --unmated:#e8955c; } }
* { box-sizing:border-box; }
body { margin:0; background:var(--ground); color:var(--ink);
  font:15px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif; }
main { max-width:1060px; margin:0 auto; padding:44px 24px 72px; }
h1 { font-size:27px; line-height:1.25; font-weight:620; margin:0 0 6px; letter-spacing:-.01em; }
h2 { font-size:18px; font-weight:620; margin:52px 0 6px; }
h3 { font-size:14px; font-weight:620; margin:0 0 4px; }
p { margin:6px 0 14px; max-width:74ch; color:var(--soft); }
.lead { font-size:15px; margin-bottom:26px; }
code { font:13px/1.5 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(152px,1fr)); gap:12px; }
.tile { background:var(--card); border:1px solid var(--rule); border-radius:8px;
  padding:13px 15px; }
.tile b { display:block; font-size:23px; line-height:1.3; font-weight:600;
  font-variant-numeric:tabular-nums; letter-spacing:-.01em; }
.tile span { display:block; font-size:13px; color:var(--soft); }
.tile small { display:block; font-size:12px; color:var(--faint);
  font-variant-numeric:tabular-nums; }
.scroll { overflow-x:auto; }
table { border-collapse:collapse; width:100%; margin:10px 0 6px; font-size:14px; }
th, td { text-align:right; padding:7px 10px; border-bottom:1px solid var(--rule);
  font-variant-numeric:tabular-nums; white-space:nowrap; vertical-align:baseline; }
th { font-weight:560; color:var(--soft); font-size:13px; }
th:first-child, td:first-child { text-align:left; padding-left:0; }
td small { color:var(--faint); font-size:12px; margin-left:5px; }
tr.total td { border-top:1px solid var(--soft); font-weight:600; }
td.text { text-align:left; white-space:normal; }
.grid2 { display:grid; gap:18px;
  grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr)); }
figure { margin:0; background:var(--card); border:1px solid var(--rule); border-radius:8px;
  padding:14px 16px 10px; display:flex; flex-direction:column; }
figcaption { font-size:13px; color:var(--soft); margin:2px 0 6px; }
svg { display:block; width:100%; height:auto; overflow:visible; margin-top:auto; }
svg text { font-family:inherit; fill:var(--soft); }
.tick, .note { font-size:11.5px; font-variant-numeric:tabular-nums; } .axis { font-size:12.5px; }
svg path.grid { stroke:var(--grid); fill:none; }
.line { fill:none; stroke-width:1.9; stroke-linejoin:round; } .line.bold { stroke-width:2.6; }
.band { opacity:.15; stroke:none; } .steps { fill-opacity:.26; stroke-width:1.3; }
.line.mark { stroke:var(--faint); stroke-width:1; stroke-dasharray:4 4; }
.line.ideal { stroke:var(--faint); stroke-width:1.2; stroke-dasharray:2 4; }
.dash { stroke-dasharray:7 4; }
.c0 { stroke:var(--ink); color:var(--ink); } .c1 { stroke:var(--c1); color:var(--c1); }
.c2 { stroke:var(--c2); color:var(--c2); } .c3 { stroke:var(--c3); color:var(--c3); }
.c4 { stroke:var(--c4); color:var(--c4); } .c5 { stroke:var(--c5); color:var(--c5); }
.c6 { stroke:var(--c6); color:var(--c6); }
.mated { stroke:var(--mated); color:var(--mated); }
.unmated { stroke:var(--unmated); color:var(--unmated); }
.band, .steps, .dot { fill:currentColor; } .dot { stroke:var(--card); }
.legend { list-style:none; display:flex; flex-wrap:wrap; gap:3px 16px; margin:2px 0 6px; padding:0;
  font-size:13px; color:var(--soft); }
.legend i { display:inline-block; width:17px; height:0; border-top:2.5px solid currentColor;
  margin-right:6px; vertical-align:middle; }
.legend i.dash, .legend i.ideal { border-top-style:dashed; }
.legend i.ideal { color:var(--faint); }
.pairs { display:grid; grid-template-columns:repeat(auto-fill,minmax(236px,1fr)); gap:14px; }
.pair { background:var(--card); border:1px solid var(--rule); border-radius:8px; padding:11px; }
.pair img { display:block; width:100%; height:auto; border-radius:4px; background:#fff; }
.pair b { font-variant-numeric:tabular-nums; } .pair div { font-size:13px; color:var(--soft); }
.pair div.names { margin-top:8px; color:var(--ink); overflow-wrap:anywhere; }
dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 20px; font-size:14px;
  margin:10px 0; }
dt { color:var(--soft); }
dd { margin:0; overflow-wrap:anywhere; font-variant-numeric:tabular-nums; }
@media print { main { max-width:none; padding:0; } figure, .tile, .pair { break-inside:avoid; } }
"""


def page(title: str, lead: str, body: Iterable[str]) -> str:
    """A whole HTML document; `title` is text, `lead` and `body` are finished HTML."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body><main><h1>{escape(title)}</h1><p class="lead">{lead}</p>'
        f"{''.join(body)}</main></body></html>\n"
    )


def section(title: str, words: str, *parts: str) -> str:
    """A heading, a paragraph of text (escaped here) and finished HTML parts."""
    text = f"<p>{escape(words)}</p>" if words else ""
    return f"<section><h2>{escape(title)}</h2>{text}{''.join(parts)}</section>"


def tiles(entries: Iterable[tuple[str, str, str]]) -> str:
    """Large numbers: value, what it is, and its interval or unit in small print."""
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span>'
            f"<small>{escape(note)}</small></div>"
            for value, name, note in entries
        )
        + "</div>"
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, total: bool = False, text: bool = False
) -> str:
    """A table; cells are text, and what follows a tab in a cell is set small and pale.

    `total` sets the last row apart, `text` aligns all columns to the left.
    """
    rows = list(rows)
    body = ""
    for number, row in enumerate(rows):
        mark = ' class="total"' if total and number == len(rows) - 1 else ""
        kind = ' class="text"' if text else ""
        body += f"<tr{mark}>" + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell in row) + "</tr>"
    style = ' style="text-align:left"' if text else ""
    names = "".join(f"<th{style}>{escape(name)}</th>" for name in head)
    return (
        f'<div class="scroll"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    value, _, note = text.partition("\t")
    return escape(value) + (f"<small>{escape(note)}</small>" if note else "")


def figure(title: str, svg: str, caption: str, legend: Sequence[tuple[str, str]] = ()) -> str:
    """A drawing with its title, words and legend (pairs of CSS classes and name)."""
    entries = "".join(f'<li><i class="{style}"></i>{escape(name)}</li>' for style, name in legend)
    return (
        f"<figure><h3>{escape(title)}</h3><figcaption>{escape(caption)}</figcaption>"
        + (f'<ul class="legend">{entries}</ul>' if entries else "")
        + f"{svg}</figure>"
    )


def facts(entries: Mapping[str, Any]) -> str:
    """A list of names and values."""
    return (
        "<dl>"
        + "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
            for name, value in entries.items()
            if value not in (None, "")
        )
        + "</dl>"
    )


def machine_facts(details: Mapping[str, Any]) -> dict[str, Any]:
    """What `tenprint.evaluate._machine.describe_run` found, named for people."""
    machine = details.get("machine", {})
    units = {"bfloat16": "bfloat16 products", "amx": "AMX"}
    return {
        "command": details.get("command"),
        "processor": machine.get("cpu"),
        "cores": machine.get("cores"),
        "instruction set": machine.get("instruction_set"),
        "it has": ", ".join(name for key, name in units.items() if machine.get(key)),
        "it lacks": ", ".join(name for key, name in units.items() if machine.get(key) is False),
        "memory": f"{machine['memory_gib']} GiB" if machine.get("memory_gib") else None,
        "system": machine.get("system"),
        "Python, NumPy": ", ".join(
            str(details[name]) for name in ("python", "numpy") if name in details
        ),
    }


def colour(number: int) -> str:
    """CSS classes of the line with this number, from 0."""
    dash = " dash" if number >= COLOURS else ""
    return f"c{number % COLOURS + 1}{dash}"


def percent(rate: float | None, digits: int = 2) -> str:
    """A rate in percent: 0.0089 is ``0.89 %``; a dash where there is none."""
    return "-" if rate is None else f"{rate * 100:.{digits}f}{_SPACE}%"


def bounds(interval: tuple[float, float] | None, digits: int = 2) -> str:
    """An interval of rates: ``0.31 to 1.52 %``; empty where there is none."""
    if interval is None:
        return ""
    low, high = interval
    if high == 0:
        return "none seen"
    return f"{low * 100:.{digits}f} to {high * 100:.{digits}f}{_SPACE}%"
