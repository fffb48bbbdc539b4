#!/bin/sh
# A file kept by a running server, what is read in it, and a question about it: files.sh [URL]
set -e
url=${1:-http://127.0.0.1:8765}
here=$(mktemp -d)
trap 'rm -r "$here"' EXIT
printf 'item,price\ndesk,120\nlamp,15.5\n' > "$here/prices.csv"

# With a key, add -H "Authorization: Bearer ms_…" to each.
id=$(curl -sf "$url/v1/files" -F purpose=user_data -F "file=@$here/prices.csv" |
  sed 's/.*"id":"\([^"]*\)".*/\1/')
curl -sf "$url/v1/files/$id/seen"
echo
curl -sf "$url/v1/files/$id/rows?count=1"
echo
curl -sf "$url/v1/chat/completions" -H 'Content-Type: application/json' -d '{
  "model": "musespark-instant",
  "messages": [{"role": "user", "content": [
    {"type": "text", "text": "What is the price of the lamp?"},
    {"type": "file", "file": {"file_id": "'"$id"'"}}
  ]}]
}'
echo
curl -sf -X DELETE "$url/v1/files/$id"
echo
