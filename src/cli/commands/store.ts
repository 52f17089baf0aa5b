import { resolve } from 'node:path'
import { backUpObjects, checkObjects, restoreObjects } from '#cluster'
import { KnarrError } from '#lib'
import { dataDirOption, outputOption, wholeNumber } from '../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { printResult } from '../terminal/result.ts'

const examples = `
Examples:
  knarr store check                                    what it holds, and all that is damaged; 1 if anything is
  knarr store backup /backup/monday.knarr              while the cluster runs, or while it does not
  knarr down && knarr store restore /backup/monday.knarr --force && knarr up
  knarr store backup rest.knarr --force                what can be read of a damaged store
`

interface CheckFlags {
  readonly dataDir: string
  readonly output: OutputFormat
}

interface BackupFlags extends CheckFlags {
  readonly force?: true
}

interface RestoreFlags extends BackupFlags {
  readonly bumpRevision: number
}

/** `knarr store` checks the objects of a real cluster on its disk, and keeps and restores backups of them. */
export const storeCommand: CliCommand = {
  register(program, terminal) {
    const store = program
      .command('store')
      .description('check, back up and restore the objects that a cluster keeps on disk')
      .addHelpText('after', examples)
    store
      .command('check')
      .description('verify every record, in a running cluster or a stopped one; changes nothing')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .action((flags: CheckFlags) => check(flags, terminal))
    store
      .command('backup <file>')
      .description('write all objects at one revision into a file, readable by its owner only')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .option('--force', 'save what can be read of a store that is damaged')
      .action((file: string, flags: BackupFlags) => backUp(file, flags, terminal))
    store
      .command('restore <file>')
      .description('make the store from a backup; the cluster must be stopped')
      .addOption(dataDirOption())
      .addOption(outputOption())
      .option('--force', 'put a store aside that is there; take a backup of another cluster')
      .option(
        '--bump-revision <number>',
        'how far resourceVersions go on above the newest one known',
        wholeNumber(1, 1e12),
        1_000_000_000,
      )
      .action((file: string, flags: RestoreFlags) => restore(file, flags, terminal))
  },
}

async function check({ dataDir, output }: CheckFlags, terminal: Terminal): Promise<void> {
  const report = await checkObjects(resolve(dataDir))
  const { damage } = report
  if (output === 'json') terminal.out(`${JSON.stringify(report, null, 2)}\n`)
  else {
    terminal.out(`cluster          ${report.id ?? 'unknown'}\n`)
    terminal.out(`revision         ${report.revision}, readable from ${report.compactRevision}\n`)
    terminal.out(`high-water mark  ${report.mark ?? 'unknown'}\n`)
    terminal.out(`objects          ${report.values}, and ${report.commits} commits of history\n`)
    for (const line of damage) terminal.out(`damage           ${line}\n`)
  }
  if (damage.length === 0) return
  throw new KnarrError('StoreCorrupt', `the store of the cluster in ${dataDir} is damaged`, {
    hint: '`knarr store restore FILE --force` brings a backup back; `knarr store backup FILE --force` saves what can be read.',
  })
}

async function backUp(
  file: string,
  { dataDir, output, force }: BackupFlags,
  terminal: Terminal,
): Promise<void> {
  const options = { file: resolve(file), force: force === true }
  const report = await backUpObjects(resolve(dataDir), options)
  for (const line of report.damage) terminal.err(`damage: ${line}\n`)
  const text = `${resolve(file)}: ${report.values} objects at revision ${report.revision}\n`
  printResult(terminal, output, { text, value: { file: resolve(file), ...report } })
}

async function restore(
  file: string,
  { dataDir, output, force, bumpRevision }: RestoreFlags,
  terminal: Terminal,
): Promise<void> {
  const restored = await restoreObjects(resolve(dataDir), {
    file: resolve(file),
    force: force === true,
    bumpRevision,
  })
  const { revision, values, putAside } = restored
  const aside = putAside ? `the store that was there is in ${putAside} now\n` : ''
  const text = `${aside}${resolve(dataDir)}: ${values} objects, going on from revision ${revision}\n`
  printResult(terminal, output, { text, value: restored })
}
