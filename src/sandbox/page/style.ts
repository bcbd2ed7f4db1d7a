/** The style sheet of the page. Every text has a contrast of at least 4.5 to 1 in both modes; `--mute` is for dots only. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f5f5f2;--card:#fff;--text:#1d2129;--soft:#5c6470;--line:#e2e2dc;--mark:#fdf6dc;
--accent:#2f4bc4;--ok:#1a7441;--info:#1d5fa8;--warn:#935200;--bad:#b3261e;--violet:#6b3fb0;--mute:#8b919b;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{--bg:#101318;--card:#181c23;--text:#e6e8ec;--soft:#9aa3b0;--line:#2a303a;
--mark:#2b2a1d;--accent:#9db0ff;--ok:#6fd39a;--info:#80bdff;--warn:#f2b95f;--bad:#ff8f85;--violet:#c4a3ff;--mute:#717a87}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:82rem;margin:auto;padding:0 1.5rem}
header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;padding-block:1.5rem 1.25rem}
header div{flex:1;min-width:14rem}
h1,h2,p,ul,ol{margin:0;padding:0}
h1{font-size:1.35rem;letter-spacing:-.01em;line-height:1.25}
h2{font-size:1rem}
header p,footer{color:var(--soft);font-size:.875rem}
.logo{width:2.5rem;height:2.5rem;color:var(--accent)}
.pill{border:1px solid var(--line);background:var(--card);border-radius:9rem;padding:.2rem .75rem;font-size:.8125rem;
white-space:nowrap}
.pill::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;background:var(--mute);
margin-right:.45rem}
.pill.on::before{background:var(--ok)}
.pill.off::before{background:var(--bad)}
main{display:grid;gap:1.25rem;grid-template-columns:minmax(0,1fr) 21rem;align-items:start}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem}
aside{display:grid;gap:1.25rem}
.top{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.6rem}
.top h2{margin-right:auto}
.count{color:var(--soft);font-weight:400;margin-left:.35rem;font-variant-numeric:tabular-nums}
[role=group]{display:flex;border:1px solid var(--line);border-radius:.5rem;overflow:hidden}
button{font:inherit;font-size:.8125rem;color:var(--soft);background:none;border:1px solid var(--line);
border-radius:.5rem;padding:.2rem .7rem;min-height:1.9rem;cursor:pointer}
[role=group] button{border:0;border-radius:0}
button:hover{color:var(--text);background:var(--bg)}
button[aria-pressed=true]{color:var(--text);background:var(--line);font-weight:600}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[role=group] :focus-visible{outline-offset:-2px}
table{width:100%;border-collapse:collapse;font-size:.875rem}
th{text-align:left;font-weight:500;color:var(--soft);font-size:.75rem;padding:.35rem .5rem}
td{border-top:1px solid var(--line);padding:.45rem .5rem;vertical-align:top}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.time{color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
.method,.path,.query{font-family:var(--mono);font-size:.8125rem}
.method{font-weight:600;color:var(--soft)}
.POST,.PUT{color:var(--info)}
.DELETE{color:var(--bad)}
.path,.query,.who{overflow-wrap:anywhere}
.query,.who{display:block;color:var(--soft);font-size:.78125rem}
.query b{font-weight:500;color:var(--accent)}
.who::before{content:"\\2192\\a0"}
.code{font-weight:600}
.s2{color:var(--ok)}
.s3{color:var(--info)}
.s4{color:var(--warn)}
.s0,.s5{color:var(--bad)}
.fault{display:inline-block;color:var(--violet);border:1px solid;border-radius:.3rem;font-size:.75rem;line-height:1.3;
padding:0 .35rem;margin-left:.5rem;white-space:nowrap}
[data-show=writes] tr.read,[data-show=errors] tr.good{display:none}
.new{animation:new 1.6s ease-out}
@keyframes new{from{background:var(--mark)}}
.empty{color:var(--soft);padding:2.5rem 0;text-align:center;text-wrap:balance}
.bar{display:flex;gap:2px;height:.6rem;border-radius:9rem;overflow:hidden;margin:.2rem 0 .8rem}
.bar span{min-width:3px}
ul,ol{list-style:none}
li{display:flex;gap:.6rem;align-items:baseline;padding:.2rem 0;font-size:.875rem}
li .num{margin-left:auto}
.none{color:var(--soft);font-size:.875rem}
.dot::before{content:"";display:inline-block;width:.6rem;height:.6rem;border-radius:.2rem;background:currentColor}
.ACTIVE{color:var(--ok)}.STAGED{color:var(--mute)}.PROVISIONED{color:var(--info)}.RECOVERY{color:var(--violet)}
.LOCKED_OUT{color:var(--bad)}.PASSWORD_EXPIRED{color:var(--warn)}.SUSPENDED{color:var(--accent)}
.DEPROVISIONED{color:var(--soft)}
.bar span{background:currentColor}
.person{min-width:0;overflow-wrap:anywhere}
.person small{display:block;color:var(--soft);font-size:.78125rem;line-height:1.35}
.group{position:relative;padding:.25rem 0 .4rem}
.group bdi{min-width:0;overflow-wrap:anywhere}
.group i{position:absolute;left:0;bottom:.1rem;height:3px;min-width:3px;border-radius:3px;background:var(--accent);
opacity:.45}
footer{padding-block:1.25rem 2rem}
code{font-family:var(--mono);font-size:.9em}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none}
@media(max-width:62rem){main{grid-template-columns:minmax(0,1fr)}aside{grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));
align-items:start}}
@media(max-width:40rem){header,main,footer{padding-inline:.9rem}section{padding:.9rem}header .logo{display:none}
.top h2{flex-basis:100%}thead{position:absolute;clip-path:inset(50%)}
tr{display:grid;grid-template-columns:auto 1fr auto auto;gap:.1rem .8rem;padding:.5rem 0;border-top:1px solid var(--line)}
td{border:0;padding:0}td:nth-child(2){order:-1}td:nth-child(3){grid-column:1/-1;order:1}}
@media(prefers-reduced-motion:reduce){*{animation:none!important}}
`;
