/** The door of snapshots: it loads no simulation, so that a command that reads a file starts fast. */

export { loadStore, type SavedStore, saveStore } from './saved-store.ts'
export {
  type Point,
  restoreSnapshot,
  type SnapshotSource,
  type SnapshotType,
  takeSnapshot,
} from './snapshot.ts'
export { decodeSnapshot } from './snapshot-file.ts'
export { keepSnapshots } from './snapshot-keeper.ts'
export { snapshotPath, snapshotPaths } from './snapshot-paths.ts'
