/** Casts: what `as` claims and the compiler cannot prove. */
import ts from 'typescript'
import { lineOf, ownCode, type Project, type SourceText, walk } from './project.ts'
import { type Findings, type Place, tally } from './ratchet.ts'

interface Cast {
  readonly file: SourceText
  readonly node: ts.AsExpression
}

function castsOf(project: Project): readonly Cast[] {
  const casts: Cast[] = []
  for (const file of ownCode(project)) {
    walk(file.tree, (node) => {
      if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) casts.push({ file, node })
    })
  }
  return casts
}

/** `as never` and `as unknown as X`, which believe anything, by room or by file. */
export function blindCasts(project: Project, by: 'room' | 'path' = 'room'): Findings {
  return tally(blindOf(project).map(({ file }) => file[by]))
}

/** Where the casts are that believe anything. */
export function blindPlaces(project: Project): readonly Place[] {
  return blindOf(project).map(placeOf)
}

function blindOf(project: Project): readonly Cast[] {
  return castsOf(project).filter(({ node }) => isBlind(node))
}

function placeOf({ file, node }: Cast): Place {
  return { key: file.room, path: file.path, line: lineOf(file.tree, node.type) }
}

function isBlind({ type, expression }: ts.AsExpression): boolean {
  if (type.kind === ts.SyntaxKind.NeverKeyword) return true
  const inner = ts.isParenthesizedExpression(expression) ? expression.expression : expression
  return ts.isAsExpression(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword
}

/** Casts in all, by room: what they are measured by. */
export function allCasts(project: Project): Findings {
  return tally(castsOf(project).map(({ file }) => file.room))
}

/**
 * Casts without a reason, by room. A reason is a comment that begins with `Cast:`, at the end of
 * the line of the `as` or of the statement's first line, or on a line above them.
 */
export function bareCasts(project: Project): Findings {
  return tally(barePlaces(project).map(({ key }) => key))
}

/** Where the casts are that have no reason. */
export function barePlaces(project: Project): readonly Place[] {
  return castsOf(project)
    .filter(({ node, file }) => !isBlind(node) && !hasReason(file, node))
    .map(placeOf)
}

function hasReason({ tree }: SourceText, node: ts.AsExpression): boolean {
  const lines = tree.text.split('\n')
  const lineAt = (position: number) => tree.getLineAndCharacterOfPosition(position).line
  const statement = ts.findAncestor(node, ts.isStatement) ?? node
  return [node.type.getStart(), node.getStart(), statement.getStart()].some((position) => {
    let line = lineAt(position)
    if (isReason(lines[line] ?? '')) return true
    while (/^\s*\/\//.test(lines[line - 1] ?? '')) {
      line -= 1
      if (isReason(lines[line] ?? '')) return true
    }
    return false
  })
}

function isReason(line: string): boolean {
  return /\/\/ Cast: \S+ \S+/.test(line)
}
