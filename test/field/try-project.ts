import { isDeepStrictEqual } from 'node:util'
import type { ServedSimulation } from '../fixture/sim-cluster.ts'
import { type Answer, answersOf } from './answers.ts'
import { filesOf, type Manifest, manifestsOf, moduleDirectory, type Project } from './projects.ts'

/** What became of a project on a simulated cluster. */
export interface ProjectResult {
  readonly name: string
  readonly module: string
  readonly version: string
  readonly definitions: number
  /** Admission policies and their bindings. */
  readonly policies: number
  /** Sample objects that upstream takes, and those that it refuses; knarr answers alike. */
  readonly accepted: number
  readonly refused: number
  /** What was otherwise than upstream has it. */
  readonly problems: readonly string[]
}

/** Upstream's answers to the samples of a project, by file and place in it. */
export type UpstreamAnswers = Readonly<Record<string, Answer>>

interface Trial {
  readonly project: Project
  readonly cluster: ServedSimulation
  /** Of a proxy of the cluster. */
  readonly address: string
  readonly upstream: UpstreamAnswers
}

/** Defines the kinds of a project with real kubectl, tries its samples, and deletes all again. */
export async function tryProject({
  project,
  cluster,
  address,
  upstream,
}: Trial): Promise<ProjectResult> {
  const directory = moduleDirectory(project)
  const files = filesOf(directory, project.definitions).map((file) => `${directory}/${file}`)
  const objects = files.flatMap(manifestsOf)
  const named = files.flatMap((file) => ['-f', file])
  const defined = objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(nameOf)
  const problems = await define(cluster, { named, defined, count: objects.length })
  const answers = await samplesOf(project, directory, address)
  problems.push(...differences(answers, upstream))
  problems.push(...(await remove(cluster, named)))
  const { name, module, version } = project
  const codes = Object.values(answers).map(({ code }) => code)
  return {
    ...{ name, module, version },
    definitions: defined.length,
    policies: objects.length - defined.length,
    accepted: codes.filter((code) => code < 300).length,
    refused: codes.filter((code) => code >= 300).length,
    problems,
  }
}

const nameOf = ({ metadata }: Manifest): string => metadata.name ?? ''

/** A server's answers to the samples of a project, as far as it serves their kinds. */
export async function samplesOf(
  project: Project,
  directory: string,
  address: string,
): Promise<UpstreamAnswers> {
  const ask = answersOf(address)
  const groups = new Set(
    filesOf(directory, project.definitions)
      .flatMap((file) => manifestsOf(`${directory}/${file}`))
      .map((each) => nameOf(each).replace(/^[^.]*\./, '')),
  )
  const answers: Record<string, Answer> = {}
  for (const file of filesOf(directory, project.samples)) {
    for (const [i, sample] of manifestsOf(`${directory}/${file}`).entries()) {
      if (!groups.has(sample.apiVersion.replace(/\/.*/, ''))) continue
      const answer = await ask(sample)
      if (answer) answers[`${file}#${i}`] = answer
    }
  }
  return answers
}

interface Definitions {
  /** `-f FILE` for each file. */
  readonly named: readonly string[]
  readonly defined: readonly string[]
  readonly count: number
}

interface Shown {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly status: { readonly conditions: readonly { type: string; status: string }[] }
}

async function define(
  cluster: ServedSimulation,
  { named, defined, count }: Definitions,
): Promise<string[]> {
  const problems: string[] = []
  const settled = async (): Promise<readonly Shown[]> => {
    await cluster.knarr('clock', 'advance', '5s')
    const shown = await cluster.kubectl('get', 'crd', ...defined, '-o', 'json')
    // Cast: a list of definitions, of one alone the definition itself.
    const read = JSON.parse(shown) as { readonly items?: readonly Shown[] } & Shown
    return read.items ?? [read]
  }
  const created = await cluster.tryKubectl(['create', ...named])
  const made = created.stdout.match(/ created$/gm)?.length ?? 0
  if (made !== count) problems.push(`create: ${made} of ${count}: ${created.stderr}`)
  for (const { metadata, status } of await settled()) {
    const says = status.conditions.map((each) => `${each.type}=${each.status}`)
    const isServed = says.includes('NamesAccepted=True') && says.includes('Established=True')
    if (!isServed || says.some((each) => each.startsWith('NonStructural'))) {
      problems.push(`${metadata.name}: ${says}`)
    }
  }
  const apply = () => cluster.kubectl('apply', '--server-side', '--force-conflicts', ...named)
  const versions = (shown: readonly Shown[]) =>
    shown.map(({ metadata }) => metadata.resourceVersion)
  await apply()
  const before = versions(await settled())
  await apply()
  const after = versions(await settled())
  if (!isDeepStrictEqual(before, after)) problems.push('applied twice, definitions change twice')
  for (const name of defined) {
    const explained = await cluster.kubectl('explain', name, '--recursive')
    if (!/^FIELDS:$/m.test(explained)) problems.push(`explain ${name}: ${explained}`)
  }
  return problems
}

async function remove(
  cluster: ServedSimulation,
  named: readonly string[],
): Promise<readonly string[]> {
  await cluster.kubectl('delete', '--wait=false', ...named)
  await cluster.knarr('clock', 'advance', '30s')
  const left = await cluster.kubectl('get', '--ignore-not-found', '-o', 'name', ...named)
  return left.trim() === '' ? [] : [`not deleted: ${left}`]
}

/** What differs between answers; nothing where there are none of upstream's would be no comparison. */
function differences(own: UpstreamAnswers, upstream: UpstreamAnswers): readonly string[] {
  const names = new Set([...Object.keys(own), ...Object.keys(upstream)])
  return [...names]
    .filter((name) => !isDeepStrictEqual(own[name], upstream[name]))
    .map(
      (name) => `${name}: ${JSON.stringify(own[name])}, upstream ${JSON.stringify(upstream[name])}`,
    )
}
