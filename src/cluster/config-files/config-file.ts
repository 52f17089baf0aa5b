import { existsSync, readFileSync } from 'node:fs'
import { KnarrError, messageOf } from '#lib'

/**
 * Reads a configuration file that a flag names.
 * @param what what messages call it: `authentication configuration`
 * @throws KnarrError `NoSuchFile`
 */
export function readConfigFile(what: string, path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  throw new KnarrError('NoSuchFile', `there is no ${what} ${path}`)
}

/**
 * Does what may find a fault in a configuration, and says in which file it is.
 * @param file absent where flags say it
 * @throws KnarrError with `code`
 */
export function usableConfig<T>(
  {
    what,
    code,
    file,
  }: { readonly what: string; readonly code: string; readonly file?: string | undefined },
  work: () => T,
): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof KnarrError) throw error
    const where = file === undefined ? '' : ` ${file}`
    throw new KnarrError(code, `the ${what}${where} cannot be used: ${messageOf(error)}`)
  }
}
