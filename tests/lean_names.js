// Reads scripts before and after their names were made short; complains where a name means something
// else. Standard input: [{file: text}, {file: text}]. Node's own acorn reads them.

const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const [before, after] = JSON.parse(require("fs").readFileSync(0));
const read = (text) => acorn.parse(text, { ecmaVersion: 2024, sourceType: "module" });
const SKIP = new Set(["start", "end", "loc", "range", "parent"]);
const OPENS = /^(Program|Block|For|Catch|Switch|Class|StaticBlock)|Function/;

function bound(pattern, into) {
  if (!pattern) return;
  if (pattern.type === "Identifier") into.add(pattern.name);
  else if (pattern.type === "ObjectPattern") for (const each of pattern.properties) bound(each.value ?? each.argument, into);
  else if (pattern.type === "ArrayPattern") for (const each of pattern.elements) bound(each, into);
  else bound(pattern.left ?? pattern.argument, into);
}
function declares(node, into) {
  if (node.declaration) declares(node.declaration, into);
  if (node.type === "VariableDeclaration") for (const { id } of node.declarations) bound(id, into);
  if (/^(Class|Function)Declaration$/.test(node.type)) bound(node.id, into);
  if (node.type === "ImportDeclaration") for (const { local } of node.specifiers) bound(local, into);
}
function scope(node) {
  const found = new Set();
  for (const each of [node.body, node.cases?.flatMap((one) => one.consequent), node.init, node.left].flat()) if (each) declares(each, found);
  for (const each of node.params ?? []) bound(each, found);
  bound(node.param, found);
  if (/(Function|Class)Expression|Class/.test(node.type)) bound(node.id, found);
  return found;
}
/** Every name that is no property's, in order, with whether nothing here declares it; and the rest. */
function look(node, scopes, names, shape) {
  if (Array.isArray(node)) return node.forEach((each) => look(each, scopes, names, shape));
  if (!node || typeof node !== "object" || !node.type) return shape.push(typeof node === "bigint" ? String(node) : node instanceof RegExp ? String(node) : node);
  shape.push(node.type);
  if (node.type === "Identifier") return names.push([node.name, !scopes.some((each) => each.has(node.name))]);
  if (OPENS.test(node.type)) scopes = [scope(node), ...scopes];
  for (const [key, child] of Object.entries(node)) {
    if (key === "type" || key === "start" || key === "end" || key === "shorthand" || (node.type === "TemplateElement" && key !== "value")) continue;
    if (node.type === "ImportSpecifier" && key === "imported") continue;
    const property = (key === "property" && node.type === "MemberExpression") || (key === "key" && /Property|Method/.test(node.type));
    if (property && !node.computed) shape.push(child.name ?? child.value);
    else if (key === "value" && node.type === "TemplateElement") shape.push(child.raw);
    else look(child, scopes, names, shape);
  }
}
const given = {};
for (const file of Object.keys(before)) {
  const [one, two] = [before, after].map((all) => {
    const names = [], shape = [], tree = read(all[file]);
    look(tree, [], names, shape);
    return { names, shape: JSON.stringify(shape), tree };
  });
  const wrong = (what) => { throw new Error(`${file}: ${what}`); };
  if (one.shape !== two.shape) wrong("another program");
  const to = new Map(), from = new Map();
  one.names.forEach(([name, free], at) => {
    const [short, loose] = two.names[at];
    if ((to.get(name) ?? short) !== short || (from.get(short) ?? name) !== name) wrong(`${name} and ${short} are mixed up`);
    if (free && (short !== name || !loose)) wrong(`${name} is the browser's and one of ours: call ours something else`);
    to.set(name, short);
    from.set(short, name);
  });
  given[file] = { to, trees: [one.tree, two.tree] };
}
for (const [file, { to, trees }] of Object.entries(given)) {
  const imports = trees.map(({ body }) => body.flatMap((each) => each.type === "ImportDeclaration" ? each.specifiers.map(({ imported }) => [each.source.value.slice(2), imported.name]) : []));
  imports[0].forEach(([source, name], at) => {
    if (given[source].to.get(name) !== imports[1][at][1]) throw new Error(`${file}: ${name} is not what ${source} gives`);
  });
}
