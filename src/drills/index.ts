export {
  type DrillManifests,
  type DrillOutcome,
  type DrillSettings,
  drill,
} from './engine/drill.ts'
export type { RunDrillsOptions } from './engine/options.ts'
export { replayLog } from './engine/replay.ts'
export { runDrills } from './engine/run-drills.ts'
export type { ManifestText } from './input/manifest.ts'
export type { Objectives } from './model/objectives.ts'
export type { DrillReport } from './model/report.ts'
export { reportForms } from './report/forms/forms.ts'
export { shellWord } from './report/shell-word.ts'
export { terminalReport } from './report/terminal/terminal.ts'
export { type TwinResource, type TwinSource, takeTwin, twinResources } from './twin/take-twin.ts'
export { sealTwin, writeTwin } from './twin/twin.ts'
