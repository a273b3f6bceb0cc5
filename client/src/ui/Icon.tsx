/** Icons, inlined at build time. */
import back from "lucide-static/icons/arrow-left.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import help from "lucide-static/icons/circle-question-mark.svg?raw";
import copy from "lucide-static/icons/copy.svg?raw";
import crown from "lucide-static/icons/crown.svg?raw";
import dice from "lucide-static/icons/dices.svg?raw";
import download from "lucide-static/icons/download.svg?raw";
import eraser from "lucide-static/icons/eraser.svg?raw";
import hide from "lucide-static/icons/eye-off.svg?raw";
import film from "lucide-static/icons/film.svg?raw";
import flag from "lucide-static/icons/flag.svg?raw";
import picture from "lucide-static/icons/image-plus.svg?raw";
import link from "lucide-static/icons/link.svg?raw";
import lock from "lucide-static/icons/lock.svg?raw";
import open from "lucide-static/icons/lock-open.svg?raw";
import out from "lucide-static/icons/log-out.svg?raw";
import pause from "lucide-static/icons/pause.svg?raw";
import pencil from "lucide-static/icons/pencil.svg?raw";
import play from "lucide-static/icons/play.svg?raw";
import share from "lucide-static/icons/share-2.svg?raw";
import voice from "lucide-static/icons/speech.svg?raw";
import bin from "lucide-static/icons/trash.svg?raw";
import undo from "lucide-static/icons/undo-2.svg?raw";
import volume from "lucide-static/icons/volume-2.svg?raw";
import mute from "lucide-static/icons/volume-x.svg?raw";
import remove from "lucide-static/icons/x.svg?raw";

const ICONS = {
  back, bin, check, copy, crown, dice, download, eraser, film, flag, help, hide, link, lock, mute, open, out, pause, pencil, picture, play, remove, share, undo,
  voice, volume,
}; // biome-ignore format: a table

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { name: IconName }) {
  return <span class="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: ICONS[name] }} />;
}
