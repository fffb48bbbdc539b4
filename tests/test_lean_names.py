"""Scripts with short names: every name still means what it meant."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from musespark import lean, pages
from musespark.lean_names import shortened

SAME = [
    ("const count=1;count+count", "const a=1;a+a"),
    ("const{count,other:mine=count}=found;", "const{count:b,other:a=b}=found;"),
    ("const f=(first,or=status)=>first.or+or*first", "const f=(a,b=status)=>a.or+b*a"),
    ("const count=1,all={count,more:count,count(){return count}};all.count", None),
    ("class Thing{#part=1;part;get of(){return this.#part}take(it){return it}}new Thing", None),
    ("const name=1;say(`${name} name ${`${name}`}`,/name/,'name')", None),
    ("label?value:{label:value}", "label?value:{label:value}"),
    ("try{}catch(error){log(error)}", "try{}catch(a){log(a)}"),
    ("for(const[each,what]of rows)each(what,what)", "for(const[b,a]of rows)b(a,a)"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), SAME)
def test_what_a_module_declares_gets_short_names(given: str, wanted: str | None) -> None:
    made = shortened({"one.js": given})["one.js"]
    assert len(made) <= len(given)
    assert wanted is None or made == wanted
    assert shortened({"one.js": made})["one.js"] == made


def test_what_modules_give_each_other_keeps_fitting() -> None:
    made = shortened({
        "one.js": "export const{first,second}=both();export async function third(){}",
        "two.js": 'import{first,second,third}from"./one.js";third(first,second);const more=third;',
    })  # fmt: skip
    assert made["one.js"] == "export const{first:C,second:B}=both();export async function A(){}"
    assert made["two.js"] == 'import{C,B,A}from"./one.js";A(C,B);const a=A;'


@pytest.mark.parametrize(
    "given", ["`a", "`${a", "`${`b`", "a = /b", "f(", "}", "x = `${{}`", "[a))"]
)
def test_a_script_that_is_cut_off_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"end|no token"):
        shortened({"one.js": given})


READER = Path(__file__).with_name("lean_names.js").read_text("utf-8")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read scripts with")
def test_every_name_of_our_scripts_means_what_it_meant() -> None:
    scripts = {file.name: lean.script(file.read_text("utf-8")) for file in pages.WEB.glob("*.js")}
    short = shortened(scripts)
    assert sum(map(len, short.values())) < 0.9 * sum(map(len, scripts.values()))
    done = subprocess.run(
        ["node", "--expose-internals", "-e", READER],
        input=json.dumps([scripts, short]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
