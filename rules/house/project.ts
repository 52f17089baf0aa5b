/** The sources of a tree, parsed once, and what the checks of the house ask of them. */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** One parsed file of `src/`. */
export interface SourceText {
  readonly path: string
  /** The folder under `src/`; files beside the rooms belong to no room. */
  readonly room: string
  readonly folder: string
  readonly tree: ts.SourceFile
  readonly isTest: boolean
  readonly isGenerated: boolean
}

/** An import or re-export of another file of the project. */
export interface ImportEdge {
  readonly from: SourceText
  readonly to: string
  readonly isTypeOnly: boolean
}

export interface Project {
  readonly files: ReadonlyMap<string, SourceText>
  /** Doors by their names in package.json, as `#lib` → `src/lib/index.ts`. */
  readonly doors: ReadonlyMap<string, string>
}

/** The line on which a node begins, counted from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart()).line + 1
}

/** Parses the tree that stands at a folder. */
export function readProject(root: string): Project {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const texts = new Map<string, string>()
  for (const path of globSync('src/**/*.ts', { cwd: root }).toSorted()) {
    texts.set(path, readFileSync(join(root, path), 'utf8'))
  }
  return projectOf(Object.fromEntries(texts), packageJson.imports)
}

/** Parses texts by path, which is how the tests of the checks plant their faults. */
export function projectOf(
  texts: Readonly<Record<string, string>>,
  imports: Readonly<Record<string, string>> = {},
): Project {
  const files = new Map<string, SourceText>()
  for (const [path, text] of Object.entries(texts)) files.set(path, sourceText(path, text))
  const doors = new Map(
    Object.entries(imports).map(([name, target]) => [name, target.replace(/^\.\//, '')]),
  )
  return { files, doors }
}

function sourceText(path: string, text: string): SourceText {
  const parts = path.split('/')
  return {
    path,
    room: parts.length > 2 ? (parts[1] ?? '') : '',
    folder: posix.dirname(path),
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true),
    isTest: path.endsWith('.test.ts'),
    isGenerated: path.includes('/generated/'),
  }
}

/** The files that people write and that are no tests. */
export function ownCode(project: Project): readonly SourceText[] {
  return [...project.files.values()].filter(({ isTest, isGenerated }) => !isTest && !isGenerated)
}

/** Calls back for every node of a file, from the top. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** The file that a specifier names from another file, when it is one of the project. */
export function resolve(project: Project, from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return project.doors.get(specifier)
  if (!specifier.startsWith('.')) return undefined
  const path = posix.join(posix.dirname(from), specifier)
  return project.files.has(path) ? path : undefined
}

/** What a file imports of the project: static, re-exported and dynamic. */
export function importsOf(project: Project, file: SourceText): readonly ImportEdge[] {
  const edges: ImportEdge[] = []
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return
    const to = resolve(project, file.path, specifier.text)
    if (to !== undefined) edges.push({ from: file, to, isTypeOnly })
  }
  walk(file.tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node))
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true)
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
  })
  return edges
}

function isTypeImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const named = clause.namedBindings
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every(({ isTypeOnly }) => isTypeOnly)
  )
}
