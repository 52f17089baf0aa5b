/** Shells that differ in what they print, expand and refuse: Debian's sh, bash, busybox's sh. */
export type Dialect = 'dash' | 'bash' | 'ash'

/** Which shell a name stands for in an image. */
export function dialectOf(name: string, hasBusybox: boolean): Dialect {
  if (name === 'bash') return 'bash'
  return name === 'ash' || (name === 'sh' && hasBusybox) ? 'ash' : 'dash'
}

/** What a shell ends with when it may not go on with a word that it cannot expand. */
export function expansionStatus(dialect: Dialect): number {
  return dialect === 'bash' ? 127 : 2
}
