import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const pythonSources = join(import.meta.dirname, 'python')

/** The programs of an environment with the packages that are pinned, made once for each state of the pins. */
export function pythonPrograms(): string {
  const pins = join(pythonSources, 'requirements.txt')
  const key = createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 16)
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'knarr', 'field')
  const environment = join(cache, `python-${key}`)
  // An environment knows its own place, so that it is not moved: this tells that it is whole.
  const whole = join(environment, 'whole')
  if (!existsSync(whole)) {
    rmSync(environment, { recursive: true, force: true })
    mkdirSync(cache, { recursive: true })
    execFileSync('python3', ['-m', 'venv', environment])
    const pip = ['install', '-q', '--only-binary', ':all:', '--no-deps', '-r', pins]
    execFileSync(join(environment, 'bin/pip'), pip, { stdio: ['ignore', 'inherit', 'inherit'] })
    writeFileSync(whole, '')
  }
  return join(environment, 'bin')
}
