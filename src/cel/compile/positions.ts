import type { ASTNode } from '@marcbachmann/cel-js'

/** Where upstream says that a part of an expression is: at its operator, bracket or dot. */
export function positionOf(node: ASTNode): number {
  const { input } = node
  const after = (text: string, from: number): number => {
    const found = input.indexOf(text, from)
    return found < 0 ? node.start : found
  }
  switch (node.op) {
    case 'value':
    case 'id':
    case 'list':
    case 'map':
    case '!_':
    case '-_':
      return node.start
    case '.':
    case '.?':
      return after('.', node.args[0].end)
    case '[]':
    case '[?]':
      return after('[', node.args[0].end)
    case 'call':
      return after('(', node.start)
    case 'rcall':
      return after('(', after('.', node.args[1].end))
    case '?:':
      return after('?', node.args[0].end)
    default:
      return after(node.op, node.args[0].end)
  }
}
