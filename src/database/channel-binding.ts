import type { Socket } from "node:net";
import type { Client } from "pg";
import { Fault } from "./faults.ts";

/**
 * Ends a login that asks for a password in any other way than SCRAM-SHA-256-PLUS, before one is sent. The function
 * that is returned tells after the login whether the server showed that it knows the password: one that asks for none
 * at all would let everybody in between.
 */
export function bindChannel({ connection }: Client, socket: Socket): () => boolean {
  let bound = false;
  const refuse = () => void socket.destroy(new Fault("NO_BINDING"));
  connection.on("authenticationCleartextPassword", refuse);
  connection.on("authenticationMD5Password", refuse);
  connection.on("authenticationSASL", ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    if (!mechanisms.includes("SCRAM-SHA-256-PLUS")) refuse();
  });
  // pg has checked the server's signature, or fails the login.
  connection.on("authenticationSASLFinal", () => {
    bound = true;
  });
  return () => bound;
}
