"""How the demo's page looks, by day and by night: as the console does."""

STYLE = """
:root{--paper:#f7f6f3;--card:#fff;--ink:#1b2026;--quiet:#525a64;--line:#dfdcd5;--hit:#1c6b4a;
--hit-soft:#e2f1e9;--none:#8a5a00;--none-soft:#f8eed8;--wrong:#a33a24;--act:#1f5f9e;
color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--paper:#13161a;--card:#1a1e23;--ink:#e8e6e1;
--quiet:#b0b7bf;--line:#2d333a;--hit:#6fcfa4;--hit-soft:#17301f;--none:#e2b65c;--none-soft:#322812;
--wrong:#f09a80;--act:#7db4ea}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 -apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",system-ui,sans-serif}
main{max-width:1040px;margin:0 auto;padding:48px 24px 64px}
.brand{margin:0 0 18px;font-weight:680;font-size:1.125rem;letter-spacing:-.02em;color:var(--act)}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;font-weight:640;letter-spacing:-.015em}
h2{font-size:1.125rem;margin:0;font-weight:640}
.lead{max-width:46em;color:var(--quiet);margin:0 0 28px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px}
.facts b{display:block;font-size:1.625rem;line-height:1.25;font-weight:620;letter-spacing:-.015em;
font-variant-numeric:tabular-nums}
.facts span{color:var(--quiet);font-size:.875rem}
section{display:grid;grid-template-columns:76px minmax(0,1fr);margin-top:40px}
.clock{color:var(--quiet);font-variant-numeric:tabular-nums;padding-top:2px}
.body{border-left:1px solid var(--line);padding-left:28px}
.story{margin:.15em 0 1em;color:var(--quiet)}
.answer{border-radius:8px;padding:12px 18px;margin-bottom:16px}
.answer p{margin:0}.answer b{font-size:1.12rem;font-weight:600}
.answer.hit{background:var(--hit-soft)}.answer.hit b{color:var(--hit)}
.answer.none{background:var(--none-soft)}.answer.none b{color:var(--none)}
.detail{color:var(--quiet);font-size:.9rem}
.right,.wrong{float:right;font-size:.86rem;color:var(--quiet)}
.wrong{color:var(--wrong);font-weight:600}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,monospace}
.prints{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:14px}
figure{margin:0;width:80px;font-size:.72rem;line-height:1.3;color:var(--quiet);text-align:center}
figure img{width:80px;height:94px;object-fit:contain;background:#fff;border:1px solid var(--line);
border-radius:6px;display:block;margin-bottom:4px}
table{border-collapse:collapse;font-size:.9rem;margin:0 0 10px;width:100%}
th{font-weight:400;color:var(--quiet);text-align:left;font-size:.8rem}
td,th{padding:5px 16px 5px 0;border-bottom:1px solid var(--line);vertical-align:bottom;
white-space:nowrap}
td:first-child{width:15%}td:nth-child(2){width:34%}
tr:not(.hit) td{color:var(--quiet)}tr.hit td{font-weight:600}
.number{font-variant-numeric:tabular-nums}
.bars{height:58px}
.bar{display:inline-flex;flex-direction:column;justify-content:flex-end;align-items:center;
width:22px;height:50px;margin-right:3px}
.bar i{display:block;width:14px;min-height:1px;background:var(--quiet);border-radius:2px 2px 0 0}
.bar i{background:var(--act)}
pre{white-space:pre-wrap;font:12px/1.5 ui-monospace,monospace;color:var(--quiet)}
.bar em{font-style:normal;font-size:.62rem;font-weight:400;line-height:1.4;color:var(--quiet)}
summary{cursor:pointer;color:var(--quiet);font-size:.9rem;padding:4px 0}
.wide{width:100%;height:auto;border:1px solid var(--line);border-radius:8px;margin-top:6px;
display:block}
footer{margin-top:56px;border-top:1px solid var(--line);padding-top:16px;color:var(--quiet);
font-size:.88rem}footer p{max-width:54em}
@media (max-width:640px){section{grid-template-columns:1fr}.body{border:0;padding:0}
.right,.wrong{float:none;display:block}
td:nth-child(2),th:nth-child(2){display:none}}
"""
