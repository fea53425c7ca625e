import { decodeQR } from 'qr/decode.js';
import { CodeError } from './bytewords.ts';

/** Pixels of the longer side that a picture is looked at with. */
const MAX_SIDE = 1600;
/** Between two looks of the camera. */
const LOOK_MS = 60;
/** A picture may take longer than a look of the camera, which is followed by another. */
const PICTURE_MS = 2_000;

function pixels(source: CanvasImageSource, width: number, height: number): ImageData {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new CodeError('this browser cannot look at pictures');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The text of the code in a picture. @throws CodeError where there is none */
export async function readPicture(file: Blob): Promise<string> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new CodeError('no picture');
  }
  try {
    return decodeQR(pixels(bitmap, bitmap.width, bitmap.height), { timeLimit: PICTURE_MS });
  } catch {
    throw new CodeError('no code in the picture');
  } finally {
    bitmap.close();
  }
}

/**
 * Shows what the camera sees, and gives the texts of codes as they come into sight, each once in a row. Asks the user for the camera first.
 * @returns what ends it @throws DOMException where there is no camera, or the user would rather not
 */
export async function followCamera(video: HTMLVideoElement, onText: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 } } });
  let last = '';
  const look = (): void => {
    if (video.videoWidth === 0) return;
    let text: string;
    try {
      text = decodeQR(pixels(video, video.videoWidth, video.videoHeight));
    } catch {
      // Most looks see no code.
      return;
    }
    if (text === last) return;
    last = text;
    onText(text);
  };
  let timer = 0;
  const end = (): void => {
    window.clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    video.srcObject = stream;
    await video.play();
  } catch (e) {
    end();
    throw e;
  }
  timer = window.setInterval(look, LOOK_MS);
  return end;
}
