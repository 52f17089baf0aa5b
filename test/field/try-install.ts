import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, eventually, must } from '../fixture/real-cluster.ts'
import type { ServedSimulation } from '../fixture/sim-cluster.ts'
import { testTools } from '../fixture/tools.ts'
import { moduleDirectory, type Project } from './projects.ts'

/** What became of a project that was installed as its users do. */
export interface InstallResult {
  readonly name: string
  readonly version: string
  readonly by: 'helm' | 'kubectl'
  /** Objects that the chart or manifest makes itself. */
  readonly objects: number
  /** Pods, all of which got ready. */
  readonly pods: number
}

/** Whether a project has a chart or manifest that is installed. */
export const isInstallable = ({ chart, manifest }: Project): boolean =>
  chart !== undefined || manifest !== undefined

/** Installs a project into a namespace of its own, waits for its pods, and removes it. @throws Error */
export async function tryInstall(
  project: Project,
  cluster: ServedSimulation,
): Promise<InstallResult> {
  const { name, version, chart } = project
  const namespace = name.toLowerCase().replaceAll(' ', '-')
  await cluster.knarr('clock', 'speed', '20x')
  await cluster.knarr('clock', 'resume')
  await cluster.kubectl('create', 'namespace', namespace)
  const objects = await (chart ? byHelm : byKubectl)(project, namespace, cluster)
  const pods = await readyPods(namespace, cluster)
  await removeAgain(project, namespace, cluster)
  await cluster.kubectl('delete', 'namespace', namespace, '--timeout=60s')
  await cluster.knarr('clock', 'pause')
  return { name, version, by: chart ? 'helm' : 'kubectl', objects, pods }
}

async function byHelm(
  project: Project,
  namespace: string,
  cluster: ServedSimulation,
): Promise<number> {
  const { chart } = project
  if (!chart) throw new Error(`${project.name} has no chart`)
  const copy = mkdtempSync(join(tmpdir(), 'knarr-chart-'))
  try {
    const source = join(moduleDirectory(project), chart.directory)
    cpSync(source, copy, { recursive: true })
    // Nobody may write a module's files, nor what is copied of them.
    for (const path of readdirSync(copy, { recursive: true })) {
      chmodSync(join(copy, String(path)), 0o755)
    }
    const head = readFileSync(join(source, chart.head), 'utf8')
    writeFileSync(join(copy, 'Chart.yaml'), headOf(head, project.version))
    const values = chart.values.flatMap((value) => ['--set', value])
    const waits = ['--wait', '--timeout', '90s']
    await helm(cluster, 'install', namespace, copy, '-n', namespace, ...waits, ...values)
    // Upgraded to what it is already: every object is read and patched once more.
    await helm(cluster, 'upgrade', namespace, copy, '-n', namespace, ...waits, ...values)
    const manifest = await helm(cluster, 'get', 'manifest', namespace, '-n', namespace)
    return manifest.match(/^kind: /gm)?.length ?? 0
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** A chart's head with what its release would fill in, and without charts of other places. */
function headOf(text: string, version: string): string {
  return text
    .replaceAll('v0.0.0', version)
    .replaceAll(/\{\{.*?\}\}/g, 'false')
    .replace(/^dependencies:\n(?:[ -].*\n)*/m, '')
}

async function byKubectl(
  project: Project,
  namespace: string,
  cluster: ServedSimulation,
): Promise<number> {
  const { manifest } = project
  if (!manifest) throw new Error(`${project.name} has no manifest`)
  await cluster.kubectl('create', '-n', namespace, ...manifest.first.split(' '))
  const applied = await cluster.kubectl('apply', '-n', namespace, ...serverSide(project))
  return applied.match(/ serverside-applied$/gm)?.length ?? 0
}

function serverSide(project: Project): readonly string[] {
  const file = join(moduleDirectory(project), project.manifest?.file ?? '')
  return ['--server-side', '--force-conflicts', '-f', file]
}

async function removeAgain(
  project: Project,
  namespace: string,
  cluster: ServedSimulation,
): Promise<void> {
  if (project.chart) {
    await helm(cluster, 'uninstall', namespace, '-n', namespace, '--wait', '--timeout', '90s')
  } else {
    await cluster.kubectl('delete', '-n', namespace, ...serverSide(project).slice(-2))
  }
}

/** How many pods a namespace has once all are ready. */
async function readyPods(namespace: string, cluster: ServedSimulation): Promise<number> {
  return eventually(async () => {
    const shown = await cluster.kubectl('get', 'pods', '-n', namespace, '--no-headers')
    const ready = shown.split('\n').map((line) => / (\d+)\/\1 +(Running|Completed) /.test(line))
    return ready.slice(0, -1).every((each) => each) && ready.length - 1
  })
}

async function helm(cluster: ServedSimulation, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: join(cluster.dataDir, 'kubeconfig') }
  return must(await command(testTools().helm, args, { env }))
}
