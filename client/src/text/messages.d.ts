/** A catalogue's texts without what it says to translators (see plugins/messages.ts). */
declare module "*.json?messages" {
  const messages: Readonly<Record<string, string>>;
  export default messages;
}
