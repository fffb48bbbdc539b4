"""Scripts and styles as they are served: shorter, and still the same program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from musespark import lean, pages

SAME = [
    ("const a = 1; // one", "const a=1;"),
    ("/** Adds. */\nfunction add(a, b) {\n  return a + b;\n}\n", "function add(a,b){return a+b}"),
    ("a = b\nc = d", "a=b\nc=d"),
    ("return\nx", "return\nx"),
    ("let x = {\n  a: 1,\n  b,\n}\nx.a", "let x={a:1,b,}\nx.a"),
    ("a + +b - -c + ++d", "a+ +b- -c+ ++d"),
    ("x ? .5 : y?.z ?? 1.5", "x?.5:y?.z??1.5"),
    ("a / b / c; s.replace(/[/\"'`]+ /g, '')", "a/b/c;s.replace(/[/\"'`]+ /g,'')"),
    (
        '"//  no comment" + \'/* nor */\' + "a\\" // b"',
        '"//  no comment"+\'/* nor */\'+"a\\" // b"',
    ),
    ("`a  ${ b  +  `c  ${ { d: 1 }.d }  e` }  f`", "`a  ${b+`c  ${{d:1}.d}  e`}  f`"),
    ("`\\`${ 1 }\\${ x }  `", "`\\`${1}\\${ x }  `"),
    ("call()\n  .then(x)", "call().then(x)"),
    ("class A { #x = 1; static  of() {} }", "class A{#x=1;static of(){}}"),
    ("größe  in  o; async  () => {}", "größe in o;async()=>{}"),
    ('import { a } from "./a.js";\nimport "./b.js";', 'import{a}from"./a.js";import"./b.js";'),
    ("const f = (x) => x + 1, g = async (y) => { f(y); };", "const f=x=>x+1,g=async y=>{f(y)};"),
    (
        "export default (a) => a; h((b, c) => b); k(({ d }) => d)",
        "export default a=>a;h((b,c)=>b);k(({d})=>d)",
    ),
    ("call(a)((x) => x)", "call(a)(x=>x)"),
    ("{ while (next()); }", "{while(next());}"),
    ("{ if (a) b(); else ; }", "{if(a)b();else;}"),
    ("const a = 1; const { b } = f({ c: 1 }); let d; let e;", "const a=1,{b}=f({c:1});let d,e;"),
    ("export const a = 1; const b = 2; const c = 3;", "export const a=1;const b=2,c=3;"),
    ("export const a = 1;\nexport const b = (c) => { d; };", "export const a=1,b=c=>{d};"),
    ("const { export: a, const: b } = c; const d = 1;", "const{export:a,const:b}=c,d=1;"),
    ("const f = () => { const a = 1; let b; }; const g = 2;", "const f=()=>{const a=1;let b},g=2;"),
    ("if (a) b(); const c = 1; d(); const e = 2;", "if(a)b();const c=1;d();const e=2;"),
    ("", ""),
]


@pytest.mark.parametrize(("given", "wanted"), SAME)
def test_what_means_nothing_goes(given: str, wanted: str) -> None:
    assert lean.script(given) == wanted
    assert lean.script(wanted) == wanted


@pytest.mark.parametrize("given", ["`a", "`${a", "`${`b`", "a = /b", "x = `${{}`"])
def test_a_script_that_is_cut_off_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="end"):
        lean.script(given)


def test_a_style_keeps_what_it_says() -> None:
    given = """
    /* The look. */
    @media (min-width: 901px) { .a > b , .c :is(d, e) { color: red; width: calc(1px + (2px * 3)) } }
    .f::after { content: "; }  /* no */"; }
    """
    wanted = (
        "@media (min-width:901px){.a>b,.c :is(d,e){color:red;width:calc(1px + (2px * 3))}}"
        '.f::after{content:"; }  /* no */"}'
    )
    assert lean.style(given) == wanted
    assert lean.style(wanted) == wanted


def words_of(text: str) -> list[str]:
    """The names, numbers, strings and marks of a script but what may go, as a plain look finds
    them."""
    return re.findall(r"(?<![\w$])(?!(?:const|let|export)\b)[\w$]+|[^\s\w(),;]", text)


@pytest.mark.parametrize("name", [name for name in pages.files() if name.endswith(".js")])
def test_every_script_of_ours_keeps_its_tokens(name: str) -> None:
    source = (pages.WEB / name).read_text("utf-8")
    served = lean.script(source)
    code = re.sub(r"(?m)^\s*//.*$| // .*$", "", re.sub(r"(?s)/\*\*.*?\*/", "", source))
    assert words_of(served) == words_of(code)
    assert len(served) <= len(source)
    assert lean.script(served) == served


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read scripts with")
def test_node_reads_all_of_them() -> None:
    check = """
    const { SourceTextModule } = require("vm");
    const given = JSON.parse(require("fs").readFileSync(0));
    for (const [identifier, text] of Object.entries(given)) {
      new SourceTextModule(text, { identifier });
    }
    """
    given = {name: text.decode() for name, text in pages.files().items() if name.endswith(".js")}
    done = subprocess.run(
        ["node", "--experimental-vm-modules", "--no-warnings", "-e", check],
        input=json.dumps(given), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
