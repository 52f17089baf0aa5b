import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// A start is short, and compiling would be much of it. Where the folder cannot be written nothing is
// kept; it is the user's own, since whoever writes there decides what runs. Node 20 has no such cache.
module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'knarr'))

// What answers names runs beside a cluster all its life, and loads nothing else of knarr.
const [, , command, dataDir] = process.argv
if (command === 'serve-names' && dataDir !== undefined) {
  const { runNameServers } = await import('#cluster/name-servers')
  await runNameServers(dataDir)
} else {
  const { runCli } = await import('#cli')
  process.exitCode = await runCli(process.argv)
}
