import { KnarrError } from '#lib'
import type { AdmissionAnswer, Behaviour } from './behaviour.ts'

/** Reads what an admission webhook answers. @throws KnarrError `BadBehaviour` that names `where`. */
export function readAdmission(text: string, where: string): AdmissionAnswer {
  const [, kind = '', rest = ''] =
    /^(allow|warn|deny|patch)(?:\s+([\s\S]+))?$/.exec(text.trim()) ?? []
  if (kind === 'allow' && rest === '') return { kind }
  if ((kind === 'warn' || kind === 'deny') && rest !== '') return { kind, text: rest }
  const patch = kind === 'patch' ? parsed(rest) : undefined
  if (Array.isArray(patch)) return { kind: 'patch', patch }
  const hint = "Write 'allow', 'warn TEXT', 'deny TEXT' or 'patch [{…}]'."
  throw bad(where, text, 'not what an admission webhook answers', hint)
}

/** Reads the patches of a conversion webhook. @throws KnarrError `BadBehaviour` that names `where`. */
export function readConversion(text: string, where: string): NonNullable<Behaviour['conversion']> {
  const patches = parsed(text)
  const isMap = typeof patches === 'object' && patches !== null && !Array.isArray(patches)
  if (isMap && Object.values(patches).every(Array.isArray)) {
    // Cast: just checked.
    return patches as NonNullable<Behaviour['conversion']>
  }
  throw bad(where, text, 'not patches by version', `Write JSON: '{"v2": [{…}]}'.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bad(where: string, text: string, why: string, hint: string): KnarrError {
  return new KnarrError('BadBehaviour', `${where}: ${why}: ${JSON.stringify(text)}. ${hint}`, {
    hint,
  })
}
