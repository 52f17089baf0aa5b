import { checkDns1123Label, checkDns1123Subdomain } from './names.ts'

/**
 * Checks the name of an object, or with `isPrefix` a `generateName` that a suffix will follow.
 * Returns messages, none when all is well.
 */
export type CheckObjectName = (name: string, isPrefix: boolean) => string[]

/** Checks a name as most kinds have it: a DNS subdomain. */
export const subdomainName: CheckObjectName = (name, isPrefix) =>
  checkDns1123Subdomain(isPrefix ? maskTrailingDash(name) : name)

/** Namespaces, and whatever becomes one label of a host name. */
export const labelName: CheckObjectName = (name, isPrefix) =>
  checkDns1123Label(isPrefix ? maskTrailingDash(name) : name)

/** Anything that can stand in a URL path: RBAC's kinds. */
export const pathSegmentName: CheckObjectName = (name, isPrefix) => {
  if (!isPrefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`)
}

/** A prefix may end in a dash, since characters follow; what must hold is checked without it. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}
