/*
 * Node's modules, loaded at their first use: a program that imports a feed may never connect, or never read compressed
 * data. A static import would load them into every process.
 */

export const http = (): typeof import("node:http") => process.getBuiltinModule("node:http");
export const net = (): typeof import("node:net") => process.getBuiltinModule("node:net");
export const stream = (): typeof import("node:stream") => process.getBuiltinModule("node:stream");
export const zlib = (): typeof import("node:zlib") => process.getBuiltinModule("node:zlib");
