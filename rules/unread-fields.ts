/**
 * Which fields of the generated types no code that acts ever reads. The compiler says which field an expression
 * means, so that a name that many types share tells them apart.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** Rooms that act on objects; what validates, fills in or prints a field does not. */
const acting =
  /\/src\/(api|apiserver|cluster|controllers|dns|kubelet|lab|node|proxy|rules|scheduler|sim)\//
const idle =
  /\/src\/api\/(generated|gaps|openapi|served)\/|\/src\/api\/.*(valid|defaults|columns|warnings)/
const generated = /\/src\/api\/generated\/types\//

/** Returns the fields that nobody reads, as `core.v1.PodSpec.hostUsers`, in alphabetical order. */
export function unreadFields(root: string): readonly string[] {
  const program = programOf(root)
  const checker = program.getTypeChecker()
  const read = new Set<ts.Node>()
  const note = (symbol: ts.Symbol | undefined) => {
    for (const each of symbol ? [symbol, ...checker.getRootSymbols(symbol)] : []) {
      for (const declaration of each.declarations ?? []) read.add(declaration)
    }
  }
  const visit = (node: ts.Node): void => {
    for (const symbol of symbolsRead(node, checker)) note(symbol)
    ts.forEachChild(node, visit)
  }
  const files = program.getSourceFiles()
  for (const file of files) if (isActing(file.fileName)) visit(file)
  return files
    .filter(({ fileName }) => generated.test(fileName))
    .flatMap((file) => fieldsOf(file).filter(({ node }) => !read.has(node)))
    .map(({ name }) => name)
    .toSorted()
}

function isActing(fileName: string): boolean {
  return acting.test(fileName) && !idle.test(fileName) && !/\.test\.ts$|fixture/.test(fileName)
}

function programOf(root: string): ts.Program {
  const path = join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(path, (name) => readFileSync(name, 'utf8'))
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const roots = fileNames.filter((name) => isActing(name) || generated.test(name))
  return ts.createProgram(roots, options)
}

/** The fields that an expression or a pattern reads. */
function* symbolsRead(node: ts.Node, checker: ts.TypeChecker): Generator<ts.Symbol | undefined> {
  if (ts.isPropertyAccessExpression(node)) yield checker.getSymbolAtLocation(node.name)
  if (ts.isElementAccessExpression(node)) yield checker.getSymbolAtLocation(node.argumentExpression)
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return
  const name = node.propertyName ?? node.name
  if (!ts.isIdentifier(name)) return
  const owner = checker.getNonNullableType(checker.getTypeAtLocation(node.parent))
  for (const part of owner.isUnion() ? owner.types : [owner]) {
    yield checker.getPropertyOfType(part, name.text)
  }
}

/** `core-v1.ts` holds the types of `core.v1`. */
function fieldsOf(
  file: ts.SourceFile,
): readonly { readonly name: string; readonly node: ts.Node }[] {
  const group = file.fileName.split('/').at(-1)?.replace('.ts', '').replace('-', '.')
  return file.statements.filter(ts.isInterfaceDeclaration).flatMap((type) =>
    type.members.filter(ts.isPropertySignature).map((node) => ({
      name: `${group}.${type.name.text}.${node.name.getText()}`,
      node,
    })),
  )
}
