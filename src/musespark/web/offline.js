// Offline: what is shown for a page that was not kept.

const again = () => location.reload();
document.getElementById("again").onclick = again;
addEventListener("online", again);
setTimeout(again, 9000); // it may be back without a word
