import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { Option } from 'commander'
import type { DrillReport, ManifestText, Objectives, RunDrillsOptions, reportForms } from '#drills'
import { KnarrError, messageOf, systemClock } from '#lib'
import { collect, outputOption, positiveDuration, wholeNumber } from '../../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../../terminal/command.ts'
import { DrillFailed, UnusableInput } from '../../terminal/errors.ts'
import { createProgressBar } from '../../terminal/progress-bar.ts'
import { printResult } from '../../terminal/result.ts'

/** A flag for each form of a report that is written to a file. */
type ReportFiles = { readonly [form in keyof typeof reportForms]?: string }

interface DrillFlags extends ReportFiles {
  readonly filename: readonly string[]
  readonly seeds?: number
  readonly seed?: number
  readonly log?: true
  readonly timeline?: true
  readonly advice: boolean
  readonly nodes: number
  readonly rate: number
  readonly behaviours?: string
  readonly maxLost?: number
  readonly maxGap?: string
  readonly recoverWithin?: string
  readonly readyWithin?: string
  readonly maxRestarts?: number
  readonly to?: readonly string[]
  readonly output: OutputFormat
}

const examples = `
Examples:
  knarr drill -f app.yaml                                         all drills
  helm template shop ./chart | knarr drill -f -
  knarr drill node-loss -f app.yaml --seeds 50 --max-lost 0 --ready-within 60s
  knarr drill update -f v1.yaml --to v2.yaml
  knarr drill node-loss -f app.yaml --seed 7 --log                the event log of that run

It ends with 1 when an objective is missed, and with 2 when there is nothing to run on.
`

/** `knarr drill` says what a manifest will do when things go wrong. */
export const drillCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('drill')
      .description('run drills over a manifest: which requests are lost when, why, and what helps')
      .argument('[drill]', 'one of the drills; all of them without it')
      .requiredOption(
        '-f, --filename <file>',
        'a manifest, a directory of them, or - for standard input',
        collect,
      )
      .option('--to <file>', 'what an update leads to; without it the same is rolled out', collect)
      .option('--seeds <number>', 'how many runs of each drill', wholeNumber(1, 1_000_000))
      .option('--seed <number>', 'one run alone', wholeNumber(1, 1_000_000))
      .option('--no-advice', 'say what is wrong, and look for no change that mends it')
      .option('--timeline', 'draw what happened in the worst run of each drill')
      .option('--log', 'with --seed: print the event log of that run')
      .option('--nodes <number>', 'nodes of the cluster, in three zones', wholeNumber(1, 1000), 3)
      .option('--rate <number>', 'requests a second to each Service', wholeNumber(1, 10_000), 10)
      .option('--behaviours <file>', 'how containers behave')
      .addOption(objective('--max-lost <number>', 'the most requests that a run may lose', 1e9))
      .option('--max-gap <duration>', 'the longest that a Service may be without an answer')
      .option('--recover-within <duration>', 'the longest until no request is lost any more')
      .option('--ready-within <duration>', 'the longest until all is Ready again')
      .addOption(objective('--max-restarts <number>', 'the most restarts of containers', 1e9))
      .option('--html <file>', 'write a report for people, with the timelines')
      .option('--markdown <file>', 'write a report for the comment of a pull request')
      .option('--junit <file>', 'write a report for CI systems')
      .option('--sarif <file>', 'write a report for code scanning')
      .addOption(outputOption())
      .addHelpText('after', examples)
      .action((drill: string | undefined, flags: DrillFlags) => runDrill(drill, flags, terminal))
  },
}

function objective(flag: string, text: string, most: number): Option {
  return new Option(flag, text).argParser(wholeNumber(0, most))
}

async function runDrill(
  drill: string | undefined,
  flags: DrillFlags,
  terminal: Terminal,
): Promise<void> {
  // A command that runs no drill does not load what they are made of.
  const { replayLog, reportForms, runDrills, shellWord, terminalReport } = await import('#drills')
  const bar = createProgressBar(terminal, systemClock)
  const options: RunDrillsOptions = {
    ...(await inputOf(flags)),
    ...(drill === undefined ? {} : { drills: [drill] }),
    objectives: await unusable(async () => objectivesOf(flags)),
    nodes: flags.nodes,
    ratePerSecond: flags.rate,
    advice: flags.advice,
    ...(flags.seeds === undefined ? {} : { seeds: flags.seeds }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    command: (name, seed) => `${commandOf(name, flags, shellWord)} --seed ${seed} --log`,
    onProgress: (name, share) => bar.show(share, name),
  }
  if (flags.log) {
    if (drill === undefined || flags.seed === undefined) {
      throw new UnusableInput('--log prints the log of one run', {
        hint: 'Name the drill and give --seed N.',
      })
    }
    const lines = await unusable(() => replayLog(drill, flags.seed ?? 1, options))
    return terminal.out(`${lines.join('\n')}\n`)
  }
  const report = await unusable(() => runDrills(options)).finally(() => bar.done())
  writeReports(report, flags, reportForms)
  const { columns = 100 } = process.stdout
  const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR
  printResult(terminal, flags.output, {
    text: terminalReport(report, {
      width: columns,
      isColoured,
      hasTimeline: flags.timeline === true,
    }),
    value: report,
  })
  if (report.verdict === 'fails' || report.verdict === 'at-risk') throw new DrillFailed()
}

function writeReports(report: DrillReport, files: ReportFiles, forms: typeof reportForms): void {
  for (const form of ['html', 'markdown', 'junit', 'sarif'] as const) {
    const file = files[form]
    if (file === undefined) continue
    try {
      writeFileSync(file, forms[form](report))
    } catch (error) {
      throw new KnarrError('ReportNotWritten', `${file} cannot be written: ${messageOf(error)}`)
    }
  }
}

/** What was handed over and cannot be used ends the command with another code than a missed objective. */
async function unusable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const codes = ['UnusableManifest', 'UnknownDrill', 'BadBehaviour', 'BadDuration']
    if (!(error instanceof KnarrError) || !codes.includes(error.code)) throw error
    throw new UnusableInput(error.message, error.hint === undefined ? {} : { hint: error.hint })
  }
}

async function inputOf({ filename, to, behaviours }: DrillFlags): Promise<{
  readonly manifests: readonly ManifestText[]
  readonly to?: readonly ManifestText[]
  readonly behaviours?: string
}> {
  return {
    manifests: await readAllOf(filename),
    ...(to === undefined ? {} : { to: await readAllOf(to) }),
    ...(behaviours === undefined ? {} : { behaviours: await readInput(behaviours) }),
  }
}

async function readAllOf(files: readonly string[]): Promise<readonly ManifestText[]> {
  const texts: ManifestText[] = []
  for (const file of files.flatMap(filesIn)) texts.push({ file, text: await readInput(file) })
  return texts
}

/** The manifests of a directory, as kubectl takes them: by their endings, and none below it. */
function filesIn(path: string): readonly string[] {
  const isDirectory = path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory()
  if (!isDirectory) return [path]
  return readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .toSorted()
    .map((name) => join(path, name))
}

async function readInput(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw new UnusableInput(`${file} cannot be read: ${messageOf(error)}`, {
      hint: 'Give the path of a manifest, or - for standard input.',
    })
  }
}

function objectivesOf(flags: DrillFlags): Objectives {
  const { maxLost, maxGap, recoverWithin, readyWithin, maxRestarts } = flags
  return {
    ...(maxLost === undefined ? {} : { maxLost }),
    ...(maxGap === undefined ? {} : { maxGapMs: positiveDuration('--max-gap', maxGap) }),
    ...(recoverWithin === undefined
      ? {}
      : { recoverWithinMs: positiveDuration('--recover-within', recoverWithin) }),
    ...(readyWithin === undefined
      ? {}
      : { readyWithinMs: positiveDuration('--ready-within', readyWithin) }),
    ...(maxRestarts === undefined ? {} : { maxRestarts }),
  }
}

/** The command line that repeats a run, with all that decides how it goes; its words are quoted for a shell. */
function commandOf(drill: string, flags: DrillFlags, word: (text: string) => string): string {
  const { filename, to = [], behaviours, nodes, rate, maxGap, recoverWithin, readyWithin } = flags
  const timed = { 'max-gap': maxGap, 'recover-within': recoverWithin, 'ready-within': readyWithin }
  return [
    `knarr drill ${drill}`,
    ...filename.map((file) => `-f ${word(file)}`),
    ...to.map((file) => `--to ${word(file)}`),
    ...(behaviours === undefined ? [] : [`--behaviours ${word(behaviours)}`]),
    ...(nodes === 3 ? [] : [`--nodes ${nodes}`]),
    ...(rate === 10 ? [] : [`--rate ${rate}`]),
    // They say how long is watched at least.
    ...Object.entries(timed).flatMap(([name, given]) =>
      given ? [`--${name} ${word(given)}`] : [],
    ),
  ].join(' ')
}
