import type { ASTNode } from '@marcbachmann/cel-js'
import {
  type CelType,
  celTypes,
  formatCelType,
  messageType,
  optionalType,
} from '../values/cel-type.ts'
import { type CheckContext, type Scope, undeclared } from './context.ts'
import type { CelNode, MessageNode } from './node.ts'

type IndexTree = Extract<ASTNode, { op: '[]' | '[?]' }>

/** The dotted name that an access spells, as `authorizer.requestResource`; undefined for others. */
export function dottedName(ast: ASTNode): string | undefined {
  if (ast.op === 'id') return ast.args
  if (ast.op !== '.') return undefined
  const before = dottedName(ast.args[0])
  return before === undefined ? undefined : `${before}.${ast.args[1]}`
}

/** Checks a message, which the library has read as the index of a name by a map. */
export function checkMessage(
  context: CheckContext,
  { args: [nameTree, fieldTrees] }: IndexTree,
  scope: Scope | undefined,
): CelNode {
  const name = dottedName(nameTree)
  if (name === undefined || fieldTrees.op !== 'map') {
    return context.failure(fieldTrees.start, 'Syntax error: no viable alternative at input')
  }
  const type = context.hasPatchTypes ? messageType(name) : undefined
  if (type?.kind !== 'message') return context.failure(fieldTrees.start, undeclared(name))
  const fields: MessageNode['fields'][number][] = []
  let from = fieldTrees.start
  for (const [key, tree] of fieldTrees.args) {
    const isOptional = context.takeMark(from, key.start)
    from = tree.end
    if (key.op !== 'value' || !context.prepared.fieldNames.has(key.start)) {
      context.failure(key.start, 'Syntax error: mismatched input, expecting the name of a field')
      continue
    }
    const field = String(key.args)
    const value = context.check(tree, scope)
    checkField(context, { type, field, value, isOptional }, colonBehind(key))
    fields.push({ name: field, value, isOptional })
  }
  return { op: 'message', type, name, fields }
}

/** Where the colon behind the name of a field stands, at which its errors are shown. */
function colonBehind({ input, end }: ASTNode): number {
  const colon = input.indexOf(':', end)
  return colon < 0 ? end : colon
}

interface WrittenField {
  readonly type: CelType & { readonly kind: 'message' }
  readonly field: string
  readonly value: CelNode
  readonly isOptional: boolean
}

function checkField(
  context: CheckContext,
  { type, field, value, isOptional }: WrittenField,
  at: number,
): void {
  const declared = type.fields ? type.fields[field] : celTypes.dyn
  if (!declared) {
    context.failure(at, `undefined field '${field}'`)
    return
  }
  const wanted = isOptional ? optionalType(declared) : declared
  if (context.bindings.assign(wanted, value.type)) return
  const given = formatCelType(context.bindings.settle(value.type))
  context.failure(
    at,
    `expected type of field '${field}' is '${formatCelType(wanted)}' but provided type is '${given}'`,
  )
}
