/** Caches made by hand, which `derived` of the library would hold: what measures them. */
import ts from 'typescript'
import { ownCode, type Project, walk } from './project.ts'
import { type Findings, tally } from './ratchet.ts'

/**
 * Hand-made caches by room: a `WeakMap`, and a last value that is kept to be compared by identity
 * (`if (input === last) return answer` in a function that also assigns `last` and `answer`).
 */
export function handMadeCaches(project: Project): Findings {
  const rooms: string[] = []
  for (const file of ownCode(project)) {
    walk(file.tree, (node) => {
      if (isWeakMap(node) || isLastValue(node)) rooms.push(file.room)
    })
  }
  return tally(rooms)
}

function isWeakMap(node: ts.Node): boolean {
  return ts.isNewExpression(node) && node.expression.getText() === 'WeakMap'
}

function isLastValue(node: ts.Node): boolean {
  if (!ts.isIfStatement(node) || !ts.isBinaryExpression(node.expression)) return false
  const { left, right, operatorToken } = node.expression
  if (operatorToken.kind !== ts.SyntaxKind.EqualsEqualsEqualsToken) return false
  const returned = returnedBy(node.thenStatement)?.getText()
  const body = ts.findAncestor(node, ts.isFunctionLike)
  if (returned === undefined || body === undefined) return false
  const assigned = assignmentsIn(body)
  return assigned.has(returned) && (assigned.has(left.getText()) || assigned.has(right.getText()))
}

function returnedBy(statement: ts.Statement): ts.Expression | undefined {
  const inner = ts.isBlock(statement) ? statement.statements[0] : statement
  return inner !== undefined && ts.isReturnStatement(inner) ? inner.expression : undefined
}

function assignmentsIn(body: ts.Node): ReadonlySet<string> {
  const targets = new Set<string>()
  walk(body, (node) => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      targets.add(node.left.getText())
    }
  })
  return targets
}
