/**
 * Upstream's conformance specs of dynamic resource allocation, cut out of the file that they stand in: the rest of its
 * package brings the whole of kube-apiserver with it. Gives Go source for the package of the suite, made of upstream's
 * own lines, which is compiled and kept nowhere.
 */
export function draSpecs(source: string, packageName: string): string {
  const lines = source.split('\n')
  const first = lines.findIndex((line) => line.startsWith('var _ = framework.SIGDescribe("node")'))
  const specs = lines.findIndex((line) => line.includes('f.Context("CRUD Tests"'))
  const end = specs < 0 ? -1 : endOfBlock(lines, specs)
  if (first < 0 || end < 0) throw new Error('upstream keeps its specs of DRA elsewhere now')
  const body = lines.slice(first, end + 1).join('\n')
  const used = packagesIn(body)
  const imports = importsOf(lines).filter(({ name }) => used.has(name))
  return [
    `package ${packageName}`,
    `import (\n${imports.map(({ line }) => line).join('\n')}\n)`,
    `${body}\n})\n`,
  ].join('\n\n')
}

/** Names that something is taken from, texts and comments aside. */
function packagesIn(body: string): ReadonlySet<string> {
  const code = body.replace(/"[^"\n]*"|`[^`]*`|\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  return new Set(Array.from(code.matchAll(/\b(\w+)\./g), ([, name = '']) => name))
}

/** The line on which the braces that this one opens are closed again. */
function endOfBlock(lines: readonly string[], start: number): number {
  let depth = 0
  for (let i = start; i < lines.length; i++) {
    const line = lines[i] ?? ''
    depth += line.split('{').length - line.split('}').length
    if (depth === 0) return i
  }
  return -1
}

function importsOf(lines: readonly string[]): { readonly name: string; readonly line: string }[] {
  const start = lines.indexOf('import (')
  return lines.slice(start + 1, lines.indexOf(')', start)).flatMap((line) => {
    const [, alias, path] = /^\t(?:(\w+) )?"([^"]+)"$/.exec(line) ?? []
    if (path === undefined || alias === '_') return []
    const name =
      alias ??
      path
        .replace(/\/v\d+$/, '')
        .split('/')
        .at(-1) ??
      ''
    return [{ name, line }]
  })
}
