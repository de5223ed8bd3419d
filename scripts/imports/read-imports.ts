import { parseSync } from 'vite';

export type Import = {
  /** What stands in the quotes; null when it is computed, so cannot be checked. */
  readonly specifier: string | null;
  readonly line: number;
  /** Erased before the program runs. */
  readonly typeOnly: boolean;
};

/**
 * Every way in which a module names another one: import and export-from (values and types), `import()`, `import('x').Type`,
 * `import x = require()`, `require()` and `require.resolve()`. Throws when the file is not valid TypeScript.
 */
export function readImports(path: string, source: string): Import[] {
  const parsed = parseSync(path, source);
  const problem = parsed.errors.at(0);
  if (problem) throw new Error(`${path}: ${problem.message}`);
  const found: Import[] = [];
  const add = (node: Node, specifier: unknown, typeOnly: boolean): void => {
    const line = source.slice(0, node.start).split('\n').length;
    found.push({ specifier: literalOf(specifier), line, typeOnly });
  };
  visit(parsed.program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        add(node, node['source'], node['importKind'] === 'type' || onlyTypes(node['specifiers'], 'importKind'));
        break;
      case 'ExportNamedDeclaration':
        if (node['source'])
          add(node, node['source'], node['exportKind'] === 'type' || onlyTypes(node['specifiers'], 'exportKind'));
        break;
      case 'ExportAllDeclaration':
        add(node, node['source'], node['exportKind'] === 'type');
        break;
      case 'ImportExpression':
        add(node, node['source'], false);
        break;
      case 'TSImportType':
        add(node, node['source'] ?? node['argument'], true);
        break;
      case 'TSExternalModuleReference':
        add(node, node['expression'], false);
        break;
      case 'CallExpression': {
        const specifier = Array.isArray(node['arguments']) ? node['arguments'][0] : null;
        // resolving a computed name gives a path, and knows nothing of what is there
        if (isRequire(node['callee']) || (isResolve(node['callee']) && literalOf(specifier) !== null)) {
          add(node, specifier, false);
        }
        break;
      }
      default:
    }
  });
  return found;
}

type Node = { readonly type: string; readonly start: number; readonly [key: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  if (!isNode(value)) return;
  see(value);
  for (const child of Object.values(value)) if (typeof child === 'object') visit(child, see);
}

function literalOf(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === 'TSLiteralType') return literalOf(value['literal']);
  if (value.type === 'Literal' && typeof value['value'] === 'string') return value['value'];
  if (value.type !== 'TemplateLiteral') return null;
  const { quasis, expressions } = value;
  if (!Array.isArray(quasis) || !Array.isArray(expressions) || expressions.length > 0) return null;
  const only: unknown = quasis[0];
  if (!isNode(only)) return null;
  const text = only['value'];
  return typeof text === 'object' && text !== null && 'cooked' in text ? String(text.cooked) : null;
}

/** `import { type A, type B }` is erased too (verbatimModuleSyntax keeps an empty import, which binds nothing). */
function onlyTypes(specifiers: unknown, kind: string): boolean {
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((specifier) => isNode(specifier) && specifier[kind] === 'type');
}

function isRequire(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'Identifier' && callee['name'] === 'require';
}

function isResolve(callee: unknown): boolean {
  if (!isNode(callee) || callee.type !== 'MemberExpression') return false;
  const { object, property } = callee;
  return isRequire(object) && isNode(property) && property['name'] === 'resolve';
}
