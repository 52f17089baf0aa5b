/** What files export, followed through re-exports to the declarations. */
import ts from 'typescript'
import { type Project, resolve, type SourceText } from './project.ts'

/** A declaration that a file makes under an exported name. */
export interface Declared {
  readonly name: string
  readonly file: SourceText
  readonly node: ts.Node
}

/** The exported names that a file declares itself, not those that it passes on. */
export function declarationsOf(file: SourceText): readonly Declared[] {
  const found: Declared[] = []
  for (const statement of file.tree.statements) {
    if (!isExported(statement)) continue
    for (const name of namesOf(statement)) found.push({ name, file, node: statement })
  }
  for (const [local, name] of exportedLocals(file)) {
    const node = file.tree.statements.find((statement) => namesOf(statement).includes(local))
    if (node !== undefined) found.push({ name, file, node })
  }
  return found
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  )
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(name))
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isNamed && statement.name !== undefined ? [statement.name.text] : []
}

function bindingNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) =>
    ts.isBindingElement(element) ? bindingNames(element.name) : [],
  )
}

/** `export { local as name }` without a source. */
function exportedLocals(file: SourceText): readonly (readonly [string, string])[] {
  return file.tree.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) &&
    statement.moduleSpecifier === undefined &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(
          ({ name, propertyName }) => [(propertyName ?? name).text, name.text] as const,
        )
      : [],
  )
}

/**
 * Every name that a module exports, with its declarations: several where a type and a value share
 * a name, none where the name comes from outside the project.
 */
export function exportsOf(
  project: Project,
  path: string,
): ReadonlyMap<string, readonly Declared[]> {
  const file = project.files.get(path)
  const found = new Map<string, readonly Declared[]>()
  if (file === undefined) return found
  const add = (name: string, declared: readonly Declared[]) =>
    found.set(name, [...(found.get(name) ?? []), ...declared])
  for (const declared of declarationsOf(file)) add(declared.name, [declared])
  for (const [local, name] of exportedLocals(file)) {
    const imported = importOf(file, local)
    const target = imported && resolve(project, path, imported.from)
    if (imported && target) add(name, exportsOf(project, target).get(imported.name) ?? [])
  }
  for (const statement of file.tree.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue
    if (!ts.isStringLiteral(statement.moduleSpecifier)) continue
    const target = resolve(project, path, statement.moduleSpecifier.text)
    const theirs = target === undefined ? undefined : exportsOf(project, target)
    const clause = statement.exportClause
    if (clause === undefined) {
      for (const [name, declared] of theirs ?? []) add(name, declared)
    } else if (ts.isNamespaceExport(clause)) {
      add(clause.name.text, [{ name: clause.name.text, file, node: statement }])
    } else {
      for (const { name, propertyName } of clause.elements) {
        add(name.text, theirs?.get((propertyName ?? name).text) ?? [])
      }
    }
  }
  return found
}

/** Where a file imports a local name from, and what it is called there. */
function importOf(
  { tree }: SourceText,
  local: string,
): { readonly from: string; readonly name: string } | undefined {
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement)) continue
    const bindings = statement.importClause?.namedBindings
    if (!bindings || !ts.isNamedImports(bindings)) continue
    const element = bindings.elements.find(({ name }) => name.text === local)
    if (!element || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    return {
      from: statement.moduleSpecifier.text,
      name: (element.propertyName ?? element.name).text,
    }
  }
  return undefined
}
