import { type Clock, systemClock } from '#lib'
import { assumptionsOf } from '../behaviour/behaviours.ts'
import { drilledObject } from '../input/manifest.ts'
import type { Scene } from '../input/scene.ts'
import { worstVerdict } from '../judge/verdict.ts'
import type { AdvicePatch } from '../model/advice.ts'
import type { DrillAssumption } from '../model/assumptions.ts'
import {
  type DrillInput,
  type DrillReport,
  type DrillResult,
  reportVersion,
} from '../model/report.ts'
import type { DrillOptions } from '../run/drill.ts'
import { readScene } from '../twin/read-scene.ts'
import { drillCatalogue, drillNamed } from './catalogue.ts'
import { defaultRate, nodesOf, type RunDrillsOptions } from './options.ts'
import { runDrill } from './run-drill.ts'

/**
 * Runs drills over a manifest, each over many seeds, and reports what came of them.
 * @throws UnusableManifest; KnarrError `UnknownDrill`, `BadBehaviour`
 */
export async function runDrills(
  options: RunDrillsOptions,
  wall: Pick<Clock, 'monotonicMs'> = systemClock,
): Promise<DrillReport> {
  const drills = options.drills?.map(drillNamed) ?? drillCatalogue
  const scene = readScene(options.manifests, nodesOf(options))
  const assumptions = [
    ...assumptionsOf(scene, options.behaviours),
    ...scene.leftOut.map((text): DrillAssumption => ({ value: '', source: 'guess', text })),
  ]
  const ground = { scene, drillOptions: optionsOf(options) }
  const results: DrillResult[] = []
  for (const drill of drills) {
    const hints = distinct(results.flatMap(({ advice }) => advice?.patches ?? []))
    results.push(await runDrill(drill, { ...ground, hints }, options, wall))
  }
  return {
    apiVersion: reportVersion,
    kind: 'DrillReport',
    verdict: worstVerdict(results.map(({ verdict }) => verdict)),
    input: inputOf(scene, options),
    assumptions,
    drills: results,
  }
}

/** Each patch once, whichever drills it helped in. */
function distinct(patches: readonly AdvicePatch[]): readonly AdvicePatch[] {
  const texts = patches.map((patch) => JSON.stringify(patch))
  return patches.filter((_, index) => texts.indexOf(texts[index] ?? '') === index)
}

/** What drills are told besides their manifest. */
export function optionsOf(options: RunDrillsOptions): DrillOptions {
  return options.to ? { to: readScene(options.to, nodesOf(options)) } : {}
}

function inputOf(scene: Scene, { manifests, ratePerSecond }: RunDrillsOptions): DrillInput {
  return {
    files: manifests.map(({ file }) => file),
    nodes: scene.nodes.map(({ name, labels = {}, cpus = 0, memoryBytes = 0 }) => {
      const zone = labels['topology.kubernetes.io/zone']
      return { name, ...(zone === undefined ? {} : { zone }), cpus, memoryBytes }
    }),
    workloads: scene.workloads.map(({ source }) => drilledObject(source)),
    services: scene.services.map(({ service, object, path, workloads }) => ({
      ...{ service, object, path, workloads },
    })),
    ratePerSecond: ratePerSecond ?? defaultRate,
  }
}
