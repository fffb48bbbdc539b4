"""Addresses: which are public, however they are spelled."""

import pytest

from musespark.problem import Problem
from musespark.public_web import checked, public

PRIVATE = """
0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7
203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
2001:10::1 2001:20::1 2002:7f00:1:: 2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
fe80::1%eth0 fec0::1 ff02::1 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1 nonsense
"""
STRANGE = """
http://127.1/ http://127.0.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/
http://0177.0.0.1/ http://017700000001/ http://127.0.0.1./ http://127.0.0.01/ http://0/
http://0x/ http://1.2.3/ http://256.1.1.1/ http://１２７.０.０.１/ http://127。0。0。1/
http://①②⑦.⓪.⓪.①/ http://localhost/ http://LOCALHOST./ http://a.localhost/
http://localhost.localdomain/
http://printer/ http://router.lan/ http://db.internal/ http://metadata.google.internal/
http://x.local/ http://x.home.arpa/ http://hidden.onion/ http://ＬＯＣＡＬhost/
http://user@example.com/ http://user:pw@example.com/ http://example.com@127.0.0.1/
http://example.com%40127.0.0.1/ http://127.0.0.1%2f@example.com/ http://exa%6dple.com/
http://example.com:22/ http://example.com:25/ http://example.com:6379/ http://example.com:0/
http://example.com:99999/ http://example.com:abc/ http://[::1]/ http://[::ffff:7f00:1]/
http://[fe80::1%25eth0]/ http://[::1 http://:80/ http:/// http:example.com http:/example.com
https:///example.com //example.com example.com ftp://example.com/ file:///etc/passwd
gopher://example.com/ data:text/html,hi javascript:alert(1) http://example.com\\@127.0.0.1/
http://127.0.0.1\\.example.com/ http://a"b.com/ http://..com/
"""
ODD = ("", " ", "http://exa\tmple.com/", "http://exam ple.com/", "http://a.com/\nHost: b")
ODD = (*ODD, "http://a.com/" + "a" * 3_000)


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_refused(address):
    assert not public(address)
    if address != "nonsense":
        host = f"[{address}]" if ":" in address else address
        with pytest.raises(Problem) as caught:
            checked(f"http://{host}/")
        assert caught.value.code == "address_refused"


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_let_through(address):
    assert public(address)


@pytest.mark.parametrize(
    "url",
    [*STRANGE.split(), *ODD],
)
def test_strange_spellings_are_refused(url):
    with pytest.raises(Problem) as caught:
        checked(url)
    assert caught.value.code == "address_refused"
    assert caught.value.text.isascii()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/a?b=c#d", "example.com"),
        ("HTTP://EXAMPLE.com./", "example.com"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("https://[2606:4700::1111]:8443/", "2606:4700::1111"),
        ("https://ru.wikipedia.org/wiki/Лиса", "ru.wikipedia.org"),
    ],
)
def test_plain_addresses_are_let_through(url, host):
    assert checked(url).raw_host == host
