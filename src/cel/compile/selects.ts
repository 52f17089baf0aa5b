import type { CelNode } from './node.ts'

/** Whether an expression looks at a field of a variable by its name: `claims.email`, also within `has`. */
export function selectsField(node: CelNode, variable: string, field: string): boolean {
  const isSelect = node.op === 'select' || node.op === 'has' || node.op === 'optionalSelect'
  if (isSelect && node.field === field) {
    if (node.operand.op === 'variable' && node.operand.name === variable) return true
  }
  return partsOf(node).some((part) => selectsField(part, variable, field))
}

function partsOf(node: CelNode): readonly CelNode[] {
  switch (node.op) {
    case 'constant':
    case 'variable':
      return []
    case 'select':
    case 'has':
    case 'optionalSelect':
      return [node.operand]
    case 'call':
      return node.args
    case 'and':
    case 'or':
      return node.terms
    case 'conditional':
      return [node.condition, node.yes, node.no]
    case 'list':
      return node.elements
    case 'map':
      return node.entries.flat()
    case 'message':
      return node.fields.map(({ value }) => value)
    case 'fold':
      return [node.range, node.body, ...(node.filter ? [node.filter] : [])]
    case 'bind':
      return [node.value, node.body]
    case 'optionalMap':
      return [node.operand, node.body]
  }
}
