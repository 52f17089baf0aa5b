import type { KubeObject } from '#machinery'
import type { ManifestText } from '../input/manifest.ts'
import type { DrillReport, DrillResult } from '../model/report.ts'
import type { RunDrillsOptions } from './options.ts'
import { runDrills } from './run-drills.ts'

/** A manifest of a drill: YAML or JSON, an object, or several of them. */
export type DrillManifests = string | KubeObject | readonly (string | KubeObject)[]

/** What a drill of a test is run on, and how. */
export interface DrillSettings extends Omit<RunDrillsOptions, 'manifests' | 'drills' | 'to'> {
  readonly manifests: DrillManifests
  /** What `update` leads to. */
  readonly to?: DrillManifests
}

/** The result of a drill, with what was assumed. */
export interface DrillOutcome extends DrillResult {
  readonly assumptions: DrillReport['assumptions']
}

/**
 * Runs one drill over a manifest, for a test: `(await drill('node-loss', { manifests })).verdict`. Every result has
 * its figures, causes and advice.
 * @throws KnarrError `UnknownDrill`, `UnusableManifest`, `BadBehaviour`
 */
export async function drill(name: string, settings: DrillSettings): Promise<DrillOutcome> {
  const { manifests, to, ...options } = settings
  const { drills, assumptions } = await runDrills({
    // Each case once: how fast the machine is decides nothing.
    budgetMs: 0,
    ...options,
    drills: [name],
    manifests: textsOf(manifests),
    ...(to === undefined ? {} : { to: textsOf(to) }),
  })
  const [result] = drills
  if (!result) throw new Error(`the drill ${name} has no result`)
  return { ...result, assumptions }
}

function textsOf(manifests: DrillManifests): readonly ManifestText[] {
  const parts = Array.isArray(manifests) ? manifests : [manifests]
  return parts.map((part: string | KubeObject, index) => ({
    file: `manifest ${index + 1}`,
    text: typeof part === 'string' ? part : JSON.stringify(part),
  }))
}
