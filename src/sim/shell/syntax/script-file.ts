/** The shells that the model knows. */
export const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash'])

/** Which shell runs a script, and with which options. */
export interface Shebang {
  readonly shell: string
  readonly flags: readonly string[]
}

/**
 * What the first line of a script asks for; a script without one is `sh`'s, as a shell that fails to
 * execute it reads it itself. Undefined where it is the script of another interpreter.
 */
export function shebangOf(text: string): Shebang | undefined {
  const line = /^#!\s*(\S.*)/.exec(text)?.[1]
  if (line === undefined) return { shell: 'sh', flags: [] }
  const [path = '', ...words] = line.trim().split(/\s+/)
  const name = path.split('/').at(-1) ?? ''
  const [shell = '', ...flags] =
    name === 'env' ? words.filter((word) => word !== '-S') : [name, ...words]
  return shells.has(shell) ? { shell, flags } : undefined
}
