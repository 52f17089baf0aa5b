/** Regular expressions whose time grows faster than their input. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { RegExpParser } from '@eslint-community/regexpp'
import { check } from 'recheck'
import { analyse } from 'scslre'
import ts from 'typescript'
import { ownCode, type Project, walk } from './project.ts'
import { type Findings, tally } from './ratchet.ts'

interface Expressions {
  /** Expressions that stand in the code, as `/pattern/flags`, with the room. */
  readonly written: readonly { readonly room: string; readonly text: string }[]
  /** `new RegExp(…)` of something that is only known when it runs, with the room. */
  readonly made: readonly string[]
}

export function expressionsOf(project: Project): Expressions {
  const written: { room: string; text: string }[] = []
  const made: string[] = []
  for (const { tree, room } of ownCode(project)) {
    walk(tree, (node) => {
      if (ts.isRegularExpressionLiteral(node)) written.push({ room, text: node.text })
      const isCall = ts.isNewExpression(node) || ts.isCallExpression(node)
      if (!isCall || node.expression.getText() !== 'RegExp') return
      const [pattern, flags] = node.arguments ?? []
      if (pattern !== undefined && ts.isStringLiteralLike(pattern)) {
        const flagText = flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : ''
        written.push({ room, text: String(new RegExp(pattern.text, flagText)) })
      } else made.push(`${room} ${node.getText()}`)
    })
  }
  return { written, made }
}

/** Every making of an expression from what is only known when it runs: nobody can judge it here. */
export function madeExpressions(project: Project): Findings {
  return tally(expressionsOf(project).made)
}

/**
 * The expressions that two checkers call polynomial or worse. `recheck` proves it for one match,
 * `scslre` looks besides at the many starts of a search.
 * @param cachePath where verdicts are kept between runs, since `recheck` thinks for seconds
 */
export async function polynomialExpressions(
  project: Project,
  cachePath?: string,
): Promise<Findings> {
  const { written } = expressionsOf(project)
  const known = cachePath === undefined ? {} : readCache(cachePath)
  const verdicts: Record<string, string> = {}
  for (const text of new Set(written.map((expression) => expression.text))) {
    verdicts[text] = known[text] ?? (await verdictOn(text))
  }
  if (cachePath !== undefined) {
    mkdirSync(dirname(cachePath), { recursive: true })
    writeFileSync(cachePath, JSON.stringify(verdicts))
  }
  const bad = written.filter(({ text }) => verdicts[text] !== 'safe')
  return tally(bad.map(({ room, text }) => `${room} ${text}`))
}

function readCache(path: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

async function verdictOn(text: string): Promise<string> {
  const { pattern, flags } = new RegExpParser().parseLiteral(text)
  if (analyse({ pattern, flags }).reports.some(isSlow)) return 'polynomial'
  const { source, flags: flagText } = { source: pattern.raw, flags: flags.raw }
  return (await check(source, flagText, { timeout: 30_000 })).status
}

/** A trade between two neighbours that nothing can make fail is no backtracking. */
function isSlow(report: { readonly type: string; readonly exponential?: boolean }): boolean {
  return report.type !== 'Trade' || report.exponential === true
}
