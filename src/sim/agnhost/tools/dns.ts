import type { Run, Subcommand } from '../program/program.ts'

/** A subcommand that prints something of a file and ends. */
function printing(path: string, shown: (text: string) => string | undefined): Subcommand {
  return {
    flags: {},
    start(run) {
      const text = run.world.files.read(path)
      const found = text === undefined ? undefined : shown(text)
      if (found === undefined) panic(run, text === undefined ? noFile(path) : noList)
      else {
        run.print(`${found}\n`)
        run.exit(0)
      }
      return {}
    },
  }
}

const noFile = (path: string) => `open ${path}: no such file or directory`
const noList = 'Could not find DNS search list!'

/** As Go's runtime ends a program. */
function panic(run: Run, why: string): void {
  run.world.write('stderr', `panic: ${why}\n`)
  run.exit(2)
}

const wordsOf = (keyword: string) => (text: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(keyword))
    ?.split(' ')
    .slice(1)
    .join(',')

/** `dns-suffix`: the search path of the container. */
export const dnsSuffix = printing('/etc/resolv.conf', wordsOf('search'))
/** `dns-server-list`: the name servers of the container. */
export const dnsServerList = printing('/etc/resolv.conf', wordsOf('nameserver'))
/** `etc-hosts`: the container's file of hosts. */
export const etcHosts = printing('/etc/hosts', (text) => text)
