import type { Image } from '#runtime'
import { parseImageName } from '../runtime/images/image-reference.ts'
import { knownImage } from './known-images.ts'

/** Docker's official images that name no user, so that they run as root. */
const officialOfRoot: ReadonlySet<string> = new Set(
  `almalinux alpine amazonlinux archlinux bash busybox caddy cassandra centos debian docker eclipse-temurin
   fedora gcc ghost golang gradle hello-world httpd influxdb jenkins joomla mariadb maven mongo mysql nats
   nextcloud nginx node openjdk oraclelinux perl php postgres python rabbitmq redis registry rockylinux ruby
   rust telegraf tomcat traefik ubuntu valkey wordpress`.split(/\s+/),
)

/** Systems that are known by the last part of their names, whosoever copy it is. */
const bareSystem = /\/(alpine|busybox|centos|debian|fedora|ubuntu)$/

/** Stands for the user of an image of which nobody knows whom it names. */
const someUser = 4_294_967_294

/**
 * Whom an image runs as: as its behaviour says, or root where that is known. Any other image passes for
 * one that names a user where a pod asks for that (`runAsNonRoot`): its manifest knows better.
 */
export function imageUser(
  reference: string,
  said: number | undefined,
): Pick<Image, 'uid' | 'username'> {
  const user = said ?? (isOfRoot(reference) ? 0 : someUser)
  // A runtime that finds no user in an image says nothing of it.
  return { ...(user !== 0 && { uid: user }), username: '' }
}

/** The user of a process: one whom nobody knows may do what root may. */
export function actingUser(user = 0): number {
  return user === someUser ? 0 : user
}

function isOfRoot(reference: string): boolean {
  const { name } = parseImageName(reference)
  const official = /^docker\.io\/library\/([^/]+)$/.exec(name)?.[1]
  if (official !== undefined && officialOfRoot.has(official)) return true
  return bareSystem.test(name) || knownImage(reference) !== undefined
}
