/** The subjects of the commits that are not on main yet: short, and the area first. */
import { execFileSync } from 'node:child_process'

const longest = 72

/** What is wrong with a commit's subject; nothing when it is as CONTRIBUTING asks. */
export function faultOf(subject: string): string | undefined {
  if (subject.length > longest) return `is ${subject.length} characters long, at most ${longest}`
  if (!/^[a-z][\w./-]*(?:, [a-z][\w./-]*)*: \S/.test(subject)) return 'names no area: `kubelet: …`'
  if (/: [A-Z][a-z]+ /.test(subject)) return 'goes on in lower case after the area'
  if (subject.endsWith('.')) return 'ends with a full stop'
  return undefined
}

function git(...parameters: readonly string[]): string | undefined {
  try {
    return execFileSync('git', parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return undefined
  }
}

if (import.meta.main) {
  const base = (
    git('merge-base', 'HEAD', 'main') ?? git('merge-base', 'HEAD', 'origin/main')
  )?.trim()
  const subjects =
    base === undefined ? undefined : git('log', '--no-merges', '--format=%s', `${base}..HEAD`)
  for (const subject of subjects?.split('\n').filter(Boolean) ?? []) {
    const fault = faultOf(subject)
    if (fault === undefined) continue
    process.exitCode = 1
    console.error(`"${subject}" ${fault}`)
  }
}
