import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Binaries } from './binaries.ts'
import type { Outcome, SpecState } from './results.ts'

/** The names of all specs that upstream counts as conformance. */
export function conformanceSpecs({ e2e }: Binaries): readonly string[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] }
  const text = execFileSync(e2e, ['--list-conformance-tests'], options as { encoding: 'utf8' })
  // Cast: what the suite prints is a list of what upstream calls conformance tests.
  const listed = parse(text) as readonly { readonly codename: string }[]
  return listed.map(({ codename }) => codename.trim()).toSorted()
}

/** What is run besides conformance, by the label that upstream's specs bear. */
const features = ['NetworkPolicy']

/** The names of the specs of features that are no part of conformance. */
export function featureSpecs({ e2e }: Binaries): readonly string[] {
  const work = mkdtempSync(join(tmpdir(), 'knarr-conformance-'))
  try {
    const report = join(work, 'report.json')
    const focus = `--ginkgo.focus=\\[Feature:(${features.join('|')})\\]`
    const args = ['--ginkgo.dry-run', focus, `--ginkgo.json-report=${report}`]
    execFileSync(e2e, args, { cwd: work, stdio: 'ignore' })
    return dryRun(readFileSync(report, 'utf8'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The specs that a dry run would have run, by ginkgo's report, in order. */
export function dryRun(report: string): readonly string[] {
  // Cast: the shape of ginkgo's report, of which only this is read.
  const suites = JSON.parse(report) as readonly Suite[]
  return suites
    .flatMap(({ SpecReports = [] }) => SpecReports)
    .filter(({ LeafNodeType, State }) => LeafNodeType === 'It' && State === 'passed')
    .map(nameOf)
    .toSorted()
}

export interface SuiteRun {
  readonly binaries: Binaries
  readonly kubeconfig: string
  readonly specs: readonly string[]
  /** Specs that run at the same time; those marked Serial run alone in any case. */
  readonly procs: number
  /** Where the suite's output is kept. */
  readonly logFile: string
  readonly signal: AbortSignal
}

/** Runs specs by upstream's own runner, and gives what became of each. */
export async function runSpecs(run: SuiteRun): Promise<ReadonlyMap<string, Outcome>> {
  run.signal.throwIfAborted()
  const work = mkdtempSync(join(tmpdir(), 'knarr-conformance-'))
  try {
    const focus = run.specs.map((spec) => spec.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    const child = spawn(
      run.binaries.ginkgo,
      [
        `--procs=${run.procs}`,
        `--focus=${focus}`,
        '--json-report=report.json',
        `--output-dir=${work}`,
        '--no-color',
        '--timeout=6h',
        run.binaries.e2e,
        '--',
        `--kubeconfig=${run.kubeconfig}`,
        `--kubectl-path=${run.binaries.kubectl}`,
        `--e2e-output-dir=${work}`,
        `--report-dir=${work}`,
        '--provider=skeleton',
        '--disable-log-dump',
        '--dump-logs-on-failure=false',
      ],
      {
        cwd: work,
        // By its other protocol ginkgo loses processes, and with them the report, of larger runs.
        env: { ...process.env, GINKGO_PARALLEL_PROTOCOL: 'HTTP' },
        // A group of its own: what ends the suite ends all of its processes.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    await ended(child, run.logFile, run.signal)
    const report = join(work, 'report.json')
    const found = existsSync(report) ? outcomes(readFileSync(report, 'utf8'), run.specs) : undefined
    if (!found?.size) throw new Error(`the suite ran none of its specs: see ${run.logFile}`)
    return found
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What became of specs, by ginkgo's report. */
export function outcomes(report: string, specs: readonly string[]): ReadonlyMap<string, Outcome> {
  const wanted = new Set(specs)
  const found = new Map<string, Outcome>()
  // Cast: the shape of ginkgo's report, of which only this is read.
  for (const suite of JSON.parse(report) as readonly Suite[]) {
    for (const spec of suite.SpecReports ?? []) {
      const name = nameOf(spec)
      const state = states[spec.State]
      if (spec.LeafNodeType !== 'It' || !wanted.has(name) || !state) continue
      const message = firstLines(spec.Failure?.Message ?? '')
      // A spec that the focus leaves out counts as skipped too, without a word.
      if (state === 'skipped' && message === '') continue
      const seconds = Math.round(spec.RunTime / 1e9)
      found.set(name, { state, seconds, ...(state !== 'passed' && { message }) })
    }
  }
  return found
}

interface Suite {
  readonly SpecReports?: readonly SpecReport[]
}

interface SpecReport {
  /** Null where a report is of no spec, but of what comes before or after all. */
  readonly ContainerHierarchyTexts?: readonly string[] | null
  readonly LeafNodeText: string
  readonly LeafNodeType: string
  readonly State: string
  readonly RunTime: number
  readonly Failure?: { readonly Message: string }
}

const nameOf = ({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string =>
  [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(' ').trim()

/** Ginkgo's words; a spec that was interrupted counts as not run. */
const states: Readonly<Record<string, SpecState>> = {
  passed: 'passed',
  failed: 'failed',
  panicked: 'failed',
  timedout: 'failed',
  skipped: 'skipped',
}

const longestMessage = 300

/** Where this machine keeps what the suite works with: of no use to others. */
const ownFolders = new RegExp(
  `(?:${[homedir(), tmpdir()].map((each) => each.replaceAll('.', '\\.')).join('|')})/(?:[^\\s/]+/)*`,
  'g',
)

/** The beginning of a message in one line, without what is drawn anew in every run. */
function firstLines(message: string): string {
  const drawn = /\b([a-z-]+)-\d{2,5}\b(?=[/"\s:])|\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g
  const line = message
    .replaceAll(/\s+/g, ' ')
    .replaceAll(ownFolders, '')
    .replaceAll(drawn, (_, name) => (name ? `${name}-N` : 'UID'))
    .trim()
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line
}

/** Waits for the suite's end. Told to stop, it ends what runs and reports what was done until then. */
async function ended(child: ChildProcess, logFile: string, signal: AbortSignal): Promise<void> {
  const log = createWriteStream(logFile, { flags: 'a' })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const send = (name: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, name)
    } catch {
      // All of its processes have ended.
    }
  }
  let patience: NodeJS.Timeout | undefined
  const stop = () => {
    send('SIGINT')
    patience = setTimeout(() => send('SIGKILL'), patienceMs)
  }
  signal.addEventListener('abort', stop)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve())
    })
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(patience)
    log.end()
  }
}

const patienceMs = 90_000
