/**
 * `make field`: what public projects bring, on a simulated cluster. Needs Go, which fetches their modules.
 *     node test/field/run.ts [NAME …]            tries projects and keeps what became of them
 *     node test/field/run.ts --record KUBECONFIG  keeps the answers of upstream's server, which a
 *                                                 kubeconfig leads to, to the samples of the projects
 */
import { command, eventually, must } from '../fixture/real-cluster.ts'
import { startServedSimulation } from '../fixture/sim-cluster.ts'
import { testTools } from '../fixture/tools.ts'
import { startProxy } from './kubectl-proxy.ts'
import { filesOf, moduleDirectory, projects } from './projects.ts'
import { keepResults, keepUpstream, readResults, readUpstream } from './results.ts'
import { isInstallable, tryInstall } from './try-install.ts'
import { type ProjectResult, samplesOf, tryProject, type UpstreamAnswers } from './try-project.ts'

async function record(kubeconfig: string): Promise<void> {
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const kubectl = async (...args: readonly string[]) =>
    must(await command(testTools().kubectl, args, { env }))
  await using proxy = await startProxy(kubeconfig)
  const answers: Record<string, UpstreamAnswers> = {}
  for (const project of projects) {
    const directory = moduleDirectory(project)
    const named = filesOf(directory, project.definitions).flatMap((file) => [
      '-f',
      `${directory}/${file}`,
    ])
    await kubectl('apply', '--server-side', '--force-conflicts', ...named)
    // kubectl cannot wait for conditions of a definition that has none yet: upstream's are null.
    const isServed = () => kubectl('wait', '--for=condition=Established', 'crd', '--all')
    await eventually(() => isServed().catch(() => undefined))
    answers[project.name] = await samplesOf(project, directory, proxy.address)
    await kubectl('delete', ...named)
    console.log(`${project.name}: ${Object.keys(answers[project.name] ?? {}).length} samples`)
  }
  const response = await fetch(`${proxy.address}/version`)
  const { gitVersion: version } = (await response.json()) as { readonly gitVersion: string } // Cast: its Info.
  keepUpstream({ version, projects: answers })
}

async function tryAll(names: readonly string[]): Promise<void> {
  const upstream = readUpstream()
  const kept = readResults()
  const before = new Map(kept.projects.map((each) => [each.name, each]))
  const installed = new Map(kept.installed.map((each) => [each.name, each]))
  await using cluster = await startServedSimulation('--nodes', '1')
  await using proxy = await startProxy(`${cluster.dataDir}/kubeconfig`)
  for (const project of projects) {
    if (names.length > 0 && !names.includes(project.name)) continue
    const answers = upstream.projects[project.name] ?? {}
    const trial = { project, cluster, address: proxy.address, upstream: answers }
    const result = await tryProject(trial)
    before.set(project.name, result)
    say(result)
    if (!isInstallable(project)) continue
    const made = await tryInstall(project, cluster)
    installed.set(project.name, made)
    console.log(`  installed by ${made.by}: ${made.objects} objects, ${made.pods} pods`)
  }
  keepResults({ projects: [...before.values()], installed: [...installed.values()] })
}

function say({ name, version, definitions, accepted, refused, problems }: ProjectResult): void {
  const samples = `${accepted} samples taken, ${refused} refused`
  console.log(`${name} ${version}: ${definitions} definitions, ${samples}`)
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

const [first = '', second = ''] = process.argv.slice(2)
await (first === '--record' ? record(second) : tryAll(process.argv.slice(2)))
