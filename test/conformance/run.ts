/**
 * `make conformance`: upstream's conformance specs against a cluster. Needs Go, and root for WORLD=real.
 *     WORLD=real|sim FOCUS='regular expression' PROCS=4 node test/conformance/run.ts
 *     node test/conformance/run.ts --page     writes docs/conformance.md again, after a cause was added
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#lib'
import { projectRoot } from '../fixture/tools.ts'
import { type Binaries, conformanceBinaries, moduleDirectory, suiteVersion } from './binaries.ts'
import { conformanceImages } from './images.ts'
import { merge, page, type Results, regressionsOf, type World, worlds } from './results.ts'
import { conformanceSpecs, featureSpecs, runSpecs } from './suite.ts'
import { type ConformanceCluster, type Speed, startCluster } from './worlds.ts'

const resultsFile = join(import.meta.dirname, 'results.json')
const pageFile = join(projectRoot, 'docs/conformance.md')
const logDirectory = join(projectRoot, '.cache/conformance')

/** Results are kept after so many specs, so that an end in the middle loses little. */
const sliceLength = 128

function readResults(): Results {
  if (!existsSync(resultsFile)) return { version: '', specs: {} }
  // Cast: written by this program alone.
  return JSON.parse(readFileSync(resultsFile, 'utf8')) as Results
}

function keep(results: Results): void {
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 1)}\n`)
  writeFileSync(pageFile, page(results))
}

function wantedWorld(): World {
  const given = process.env.WORLD ?? (process.argv.includes('--sim') ? 'sim' : 'real')
  const world = worlds.find((each) => each === given)
  if (!world) throw new Error(`WORLD is ${worlds.join(' or ')}, not ${given}`)
  return world
}

function say(line: string): void {
  console.log(`${new Date(systemClock.wallMs()).toISOString().slice(11, 19)} ${line}`)
}

interface Plan {
  readonly world: World
  readonly binaries: Binaries
  readonly names: readonly string[]
  readonly wanted: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Runs what is wanted, and gives the specs that passed before and do not now. A simulated cluster's time goes
 * ten times as fast as the wall's, by which upstream's suite waits and tells the time: what fails then is tried
 * once more in a cluster whose clock is the wall's.
 */
async function runAll(plan: Plan): Promise<readonly string[]> {
  const before = readResults()
  const failed = await runAt(plan, '10x')
  if (plan.world === 'sim' && failed.length > 0) await runAt({ ...plan, wanted: failed }, '1x')
  return regressionsOf(before, readResults(), plan.world)
}

/** Runs specs in a cluster of their own, slice by slice, keeps what became of them, and gives those that failed. */
async function runAt(
  { world, binaries, names, wanted, signal }: Plan,
  speed: Speed,
): Promise<readonly string[]> {
  const version = suiteVersion()
  const kubernetes = moduleDirectory('k8s.io/kubernetes')
  const images = () => conformanceImages({ ...binaries, kubernetes })
  const failed: string[] = []
  const procs = Number(process.env.PROCS ?? 4)
  await using cluster = await startCluster(world, images, speed)
  using _log = { [Symbol.dispose]: () => keepLog(cluster, world) }
  const pace = world === 'sim' ? ` at ${speed} the wall's speed` : ''
  say(`a ${world} cluster of two nodes is up${pace}; ${wanted.length} specs, ${procs} at a time`)
  for (let at = 0; at < wanted.length; at += sliceLength) {
    const specs = wanted.slice(at, at + sliceLength)
    const logFile = join(logDirectory, `${world}.log`)
    const run = { binaries, kubeconfig: cluster.kubeconfig, specs, procs, logFile, signal }
    const found = await runSpecs(run)
    for (const spec of specs) {
      const { state = 'not run', message = '' } = found.get(spec) ?? {}
      say(`${state}: ${spec}${message && `\n         ${message}`}`)
      if (state === 'failed') failed.push(spec)
    }
    keep(merge(readResults(), { version, names }, world, found))
    signal.throwIfAborted()
  }
  return failed
}

/** The cluster's own log outlives its directory. */
function keepLog({ dataDir }: ConformanceCluster, world: World): void {
  const log = join(dataDir, 'knarr.log')
  if (existsSync(log)) copyFileSync(log, join(logDirectory, `${world}-knarr.log`))
}

async function main(): Promise<void> {
  if (process.argv.includes('--page')) return keep(readResults())
  const world = wantedWorld()
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new Error(`ended by ${name}`)))
  }
  mkdirSync(logDirectory, { recursive: true })
  const binaries = conformanceBinaries(say)
  const names = [...conformanceSpecs(binaries), ...featureSpecs(binaries)]
  const focus = new RegExp(process.env.FOCUS ?? '')
  const wanted = names.filter((name) => focus.test(name))
  if (wanted.length === 0) throw new Error(`no spec matches ${focus}`)
  const plan = { world, binaries, names, wanted, signal: interrupted.signal }
  const regressions = await runAll(plan)
  if (regressions.length > 0) {
    say(`passed before, and not now:\n${regressions.join('\n')}`)
    process.exitCode = 1
  }
}

await main()
